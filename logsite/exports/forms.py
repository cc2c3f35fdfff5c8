"""The form of a new export: what the file is to be."""

from __future__ import annotations

from typing import Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ingest.errors import QueryError
from ingest.export.rows import WHOLE, Format, Layout
from logsite.exports.asking import layout_of
from logsite.exports.schemas import MAX_COLUMN_LENGTH, MAX_COLUMNS
from logsite.search.refusals import in_words

EXAMPLE: Final = "timestamp, level, service, message, host"
_CHOICES: Final = [
    (Format.NDJSON.value, _("NDJSON, for programs: nothing is changed")),
    (Format.CSV.value, _("CSV, for spreadsheets: formulas are made harmless")),
]


class LayoutForm(forms.Form):
    """Nothing given is all columns as NDJSON."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=_CHOICES,
        initial=Format.NDJSON.value,
        widget=forms.RadioSelect,
    )
    columns = forms.CharField(
        label=_("Columns"),
        required=False,
        max_length=MAX_COLUMNS * MAX_COLUMN_LENGTH,
        help_text=_("Separated by commas; empty means the whole entry."),
        widget=forms.TextInput(attrs={"placeholder": EXAMPLE, "autocomplete": "off"}),
    )
    gzip = forms.BooleanField(label=_("Compress with gzip"), required=False)

    def clean_columns(self) -> list[str]:
        said = self.cleaned_data["columns"].split(",")
        return [name.strip() for name in said if name.strip()]

    @property
    def layout(self) -> Layout:
        """What the form asks for; ValidationError if a column cannot be one."""
        asked = self.cleaned_data
        columns = asked["columns"] or list(WHOLE)
        try:
            return layout_of(Format(asked["format"]), columns, asked["gzip"])
        except QueryError as error:
            raise ValidationError(in_words(error.message)) from error
