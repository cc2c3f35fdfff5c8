"""What mending changed in an entry, in words."""

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
_GUESSED: Final[dict[str, Promise]] = {
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
_KEPT: Final[dict[str, Promise]] = {
    "timestamp": _("The time as it was sent."),
    "level": _("The level as it was sent."),
    "sent": _("The sender's own field of this name."),
}


@dataclass(frozen=True)
class Mark:
    """One change: what, why, and how it was sent where that is kept."""

    name: str
    why: str
    original: str


def marks(metadata: Mapping[str, Any]) -> list[Mark]:
    found = metadata.get(MARKS)
    return list(_read(found)) if isinstance(found, Mapping) else []


def _read(found: Mapping[str, Any]) -> Iterator[Mark]:
    listed = found.get(MENDED)
    guessed = [str(name) for name in listed] if isinstance(listed, list) else []
    others = [name for name in found if name not in (MENDED, *guessed)]
    for name in (*guessed, *others):
        texts = _GUESSED if name in guessed else _KEPT
        why = str(texts.get(name, ""))
        yield Mark(visible(name), why, _in_words(found.get(name, "")))


def _in_words(value: Any) -> str:
    if isinstance(value, str):
        return visible(value)
    return visible(json.dumps(value, ensure_ascii=False, default=str))
