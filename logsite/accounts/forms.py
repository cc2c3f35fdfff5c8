"""The form of a token: services as words with commas, sizes as people write them."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from logsite.accounts.models import Scope, Token
from logsite.accounts.sizes import read_size, shown_size
from logsite.accounts.tokens import EDITABLE
from logsite.confirming import NameAgain

SIZES: Final = ("rate_bytes", "bytes_per_day")
MAX_SERVICES: Final = 100
MAX_SERVICE_LENGTH: Final = 200


class SizeField(forms.CharField):
    """Bytes; empty is None."""

    def __init__(self, **options: Any) -> None:
        for name in ("min_value", "max_value"):  # which a number's column asks for
            options.pop(name, None)
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return shown_size(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text: str = super().clean(value or "")
        if not text:
            return None
        try:
            return read_size(text)
        except ValueError as error:
            hint = _("Write a size as 500 MB, 10 GB or 1048576.")
            raise ValidationError(hint, code="size") from error


class TokenForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """What a token may do, and how much."""

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    services = forms.CharField(
        label=_("Services"),
        required=False,
        help_text=_("Services it may write, separated by commas; empty means any."),
    )

    class Meta:
        model = Token
        fields = EDITABLE
        field_classes: ClassVar = dict.fromkeys(SIZES, SizeField)
        widgets: ClassVar = dict.fromkeys(SIZES, forms.TextInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["services"] = ", ".join(self.instance.services)

    def clean_name(self) -> str:
        """The column that the constraint also asks for, `revoked`, is in no form."""
        name: str = self.cleaned_data["name"]
        others = Token.objects.filter(name=name, revoked=None)
        if not self.instance.revoked and others.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("A valid token has this name already."))
        return name

    def clean_services(self) -> list[str]:
        parts = map(str.strip, self.cleaned_data["services"].split(","))
        services = list(dict.fromkeys(filter(None, parts)))
        if len(services) > MAX_SERVICES:
            raise ValidationError(_("These are too many services."), code="many")
        if any(len(service) > MAX_SERVICE_LENGTH for service in services):
            raise ValidationError(_("This name of a service is too long."), code="long")
        return services


class RevokeForm(NameAgain):
    """Revoking needs the token's name once more."""

    label = _("Type the name of the token")
    wrong = _("This is not the name of the token.")
