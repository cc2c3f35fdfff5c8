"""Forms of the dead letters' pages: a rule, a letter by hand, a reason to give up."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ingest.replay.rules import BadRule, Rule
from ingest.replay.wording import FORMS, read_lines
from logsite.deadletters.bench import MAX_HAND, MAX_REASON
from logsite.deadletters.models import MAX_RATE, USUAL_RATE

MAX_LINES: Final = 16_000  # characters of a rule
EXAMPLE: Final = "rename msg message\nset service payment-service"


class Sending(forms.Form):
    """How mended letters are sent, and whether that is meant."""

    rate = forms.IntegerField(
        label=_("Letters a second"),
        min_value=1,
        max_value=MAX_RATE,
        initial=USUAL_RATE,
        required=False,
    )
    insist = forms.BooleanField(
        label=_("Also send what would fail again"), required=False
    )
    typed = forms.CharField(max_length=20, required=False, strip=True)

    def clean_rate(self) -> int:
        return self.cleaned_data["rate"] or USUAL_RATE


class RuleForm(Sending):
    """Steps, one a line. `tried` is the rule that the dry run on the page was of."""

    rule = forms.CharField(
        label=_("Rule"),
        required=False,
        max_length=MAX_LINES,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 4, "placeholder": EXAMPLE, "spellcheck": "false"}
        ),
    )
    tried = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.forms = tuple(FORMS.values())
        self.steps: Rule = ()

    def clean_rule(self) -> str:
        lines: str = self.cleaned_data["rule"].replace("\r\n", "\n")
        try:
            self.steps = read_lines(lines.splitlines())
        except BadRule as error:
            raise ValidationError(str(error)) from error
        return lines

    def clean_tried(self) -> str:
        tried: str = self.cleaned_data["tried"]
        return tried.replace("\r\n", "\n")


class HandForm(Sending):
    """One letter, as somebody has written it."""

    text = forms.CharField(
        label=_("What is sent instead"),
        max_length=MAX_HAND,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )


class DiscardForm(forms.Form):
    """Why letters are given up, and the number of them once more."""

    reason = forms.CharField(label=_("Reason"), max_length=MAX_REASON, strip=True)
    typed = forms.CharField(max_length=20, strip=True)

    def __init__(self, meant: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meant = meant
        self.fields["typed"].label = _("Type the number of letters")

    def clean_typed(self) -> str:
        return check_typed(self.cleaned_data["typed"], self.meant)


def check_typed(typed: str, meant: int) -> str:
    """The number that is meant, as somebody wrote it; raises ValidationError."""
    if typed.replace(",", "") != str(meant):
        raise ValidationError(_("This is not the number of letters."))
    return typed
