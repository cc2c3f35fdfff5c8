"""The form of a rule: lists as lines and words that people type."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ingest.entry import LEVELS
from stats.alerts.editing import EDITABLE
from stats.alerts.models import KINDS, Rule
from stats.alerts.rules import Kind


class Parts(forms.CharField):
    """Texts with a separator between them; as a value they are a list."""

    def __init__(self, separator: str, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.separator = separator

    def prepare_value(self, value: Any) -> Any:
        return self.separator.join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text: str = super().clean(value) or ""
        parts = (part.strip() for part in text.split(self.separator.strip(" ")))
        return list(dict.fromkeys(filter(None, parts)))


class Threshold(forms.FloatField):
    """A number; 5 is shown as 5 and not as 5.0."""

    def prepare_value(self, value: Any) -> Any:
        return int(value) if isinstance(value, float) and value % 1 == 0 else value


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # no [] at run time
    kind = forms.ChoiceField(choices=KINDS, initial=Kind.ERROR_RATE)
    services = Parts(", ", help_text=_("Separated by commas; none means all."))
    levels = forms.MultipleChoiceField(
        required=False,
        choices=[(level, level) for level in reversed(LEVELS)],
        widget=forms.CheckboxSelectMultiple,
    )
    threshold = Threshold(help_text=Rule._meta.get_field("threshold").help_text)
    targets = Parts(
        "\n",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line: https://… for a webhook, mailto:… for e-mail."),
    )

    class Meta:
        model = Rule
        fields = EDITABLE


def asked_by(query: QueryDict) -> dict[str, Any]:
    """First values of a new rule: what a search has asked for."""
    return {
        "query": query.get("q", ""),
        "services": query.getlist("service"),
        "levels": query.getlist("level"),
        "kind": Kind.COUNT if query else Kind.ERROR_RATE,
        "threshold": 100 if query else 5,
    }
