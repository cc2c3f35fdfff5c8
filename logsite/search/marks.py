"""What mending changed in an entry, here and at its sender, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ingest.entry import MARKS
from logsite.search.visible import visible

MENDED: Final = "mended"  # the list of what was guessed, cut or rewritten
SENT: Final = "sent"  # the sender's own marks, or whatever else it had there
Texts = Mapping[str, Promise]
_GUESSED: Final[Texts] = {
    "timestamp": _("The time could not be read: the time of receipt stands in."),
    "year": _("The time came without a year: the likely one was taken."),
    "zone": _("The time came without a zone: UTC or the given one was taken."),
    "level": _("The level is not known: INFO stands in."),
    "service": _("The name of the service was cut or put in words."),
    "message": _("The message was no text: it was put in words."),
    "metadata": _("The metadata was no object: it was put into one."),
    "fields": _("These fields are unknown: they were moved into the metadata."),
    "integers": _("These numbers need more than 64 bits: they became text."),
    "keys": _("These names cannot be stored: they were changed."),
    "surrogates": _("Halves of characters were replaced."),
}
_KEPT: Final[Texts] = {
    "timestamp": _("The time as it was sent."),
    "level": _("The level as it was sent."),
    SENT: _("The sender's own field of this name."),
}
_READ: Final[Texts] = {
    "timestamp": _("The time as the sender read it."),
    "level": _("The level as the sender read it."),
}


@dataclass(frozen=True)
class Mark:
    """One change: what, why, and how it was sent where that is kept."""

    name: str
    why: str
    original: str


def marks(metadata: Mapping[str, Any]) -> list[Mark]:
    """What was changed on the way in."""
    found = _object(metadata.get(MARKS))
    shown_apart = {SENT} if _of_sender(found) else set()
    ours = {name: found[name] for name in found if name not in shown_apart}
    return list(_explained(ours, _KEPT))


def inferred(metadata: Mapping[str, Any]) -> list[Mark]:
    """What the sender says it inferred, if it speaks of that in the words of marks."""
    return list(_explained(_of_sender(_object(metadata.get(MARKS))), _READ))


def _of_sender(found: Mapping[str, Any]) -> Mapping[str, Any]:
    sent = _object(found.get(SENT))
    return sent if sent.keys() <= {MENDED, *_GUESSED} else {}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _explained(found: Mapping[str, Any], kept: Texts) -> Iterator[Mark]:
    listed = found.get(MENDED)
    guessed = [str(name) for name in listed] if isinstance(listed, list) else []
    others = [name for name in found if name not in (MENDED, *guessed)]
    for name in (*guessed, *others):
        texts = _GUESSED if name in guessed else kept
        why = str(texts.get(name, ""))
        yield Mark(visible(name), why, _in_words(found.get(name, "")))


def _in_words(value: Any) -> str:
    if isinstance(value, str):
        return visible(value)
    return visible(json.dumps(value, ensure_ascii=False, default=str))
