"""The form that gives a search a name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from logsite.saved.models import SavedSearch


class NameForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    """A name, and whether everybody sees it."""

    class Meta:
        model = SavedSearch
        fields = ("name", "shared")
        labels = {"name": _("Name"), "shared": _("Shared with everybody")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def tell_taken(self) -> None:
        self.add_error("name", _("You have a search of this name already."))

    def validate_unique(self) -> None:
        """That is for saving: a name that is taken can be replaced."""
