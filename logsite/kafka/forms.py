"""Forms of the Kafka pages: a new topic, and the name that deletes one."""

from __future__ import annotations

import shlex
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from ingest.kafka.topics import Wanted
from logsite.confirming import NameAgain

MAX_PARTITIONS: Final = 1000
MAX_REPLICATION: Final = 9
topic_name: Final = RegexValidator(
    r"^(?!\.\.?$)[A-Za-z0-9._-]+$", _("Use letters, digits, '.', '_' and '-'.")
)


class TopicForm(forms.Form):
    """What a new topic is to be like; settings as NAME=VALUE, one a line."""

    name = forms.CharField(label=_("Name"), max_length=249, validators=[topic_name])
    partitions = forms.IntegerField(
        label=_("Partitions"),
        min_value=1,
        max_value=MAX_PARTITIONS,
        initial=3,
        help_text=_("As many members of a group can share the work; can only grow."),
    )
    replication = forms.IntegerField(
        label=_("Replicas"),
        min_value=1,
        max_value=MAX_REPLICATION,
        help_text=_("Copies of every message, each on another broker."),
    )
    settings = forms.CharField(
        label=_("Settings"),
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "retention.ms=86400000"}
        ),
        help_text=_("One NAME=VALUE a line; the brokers' defaults for all others."),
    )

    def clean_settings(self) -> dict[str, str]:
        lines = filter(None, map(str.strip, self.cleaned_data["settings"].splitlines()))
        found = {}
        for line in lines:
            name, equals, value = line.partition("=")
            if not (name.strip() and equals):
                raise ValidationError(
                    _("%(line)s is not NAME=VALUE."), params={"line": line[:80]}
                )
            found[name.strip()] = value.strip()
        return found

    def wanted(self) -> Wanted:
        return Wanted(**self.cleaned_data)

    def command(self) -> str:
        """The same on the command line."""
        asked: dict[str, Any] = self.cleaned_data
        words = ["topic", "create", asked["name"], "-p", str(asked["partitions"])]
        words += ["-r", str(asked["replication"])]
        for name, value in asked["settings"].items():
            words += ["--set", f"{name}={value}"]
        return f"./manage.py {shlex.join(words)}"


class DeleteForm(NameAgain):
    """Deleting needs the topic's name once more."""

    label = _("Type the name of the topic")
    wrong = _("This is not the name of the topic.")
