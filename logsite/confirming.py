"""The form before something is gone for good: its name has to be typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise  # of development only


class NameAgain(forms.Form):
    """Valid with this name only; a subclass says what it is the name of."""

    label: ClassVar[StrPromise]
    wrong: ClassVar[StrPromise]

    typed = forms.CharField(strip=True)

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        self.fields["typed"].label = self.label
        self.fields["typed"].widget.attrs["autocomplete"] = "off"

    def clean_typed(self) -> str:
        if self.cleaned_data["typed"] != self.name:
            raise ValidationError(self.wrong, code="name")
        return self.name
