"""One entry in full: its fields, what was mended in it, and its JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from ingest.entry import MARKS
from ingest.query.page import Item
from logsite.search.forms import zulu
from logsite.search.marks import Mark, inferred, marks
from logsite.search.rows import BADGES
from logsite.search.visible import MAX_SHOWN, Marker, marked, visible

MAX_LINES: Final = 12  # of a message, until asked for
_DIRECTION: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Field:
    """One value of the metadata; `name` is the path of keys that leads to it."""

    name: str
    value: str
    more_characters: int

    @property
    def searchable(self) -> bool:
        """A value worth a phrase in the search box."""
        return 0 < len(self.value) <= 200 and not self.more_characters


@dataclass(frozen=True)
class Opened:
    """An entry ready to be shown in full."""

    id: str
    at: datetime  # in the zone of the page, as all times here
    received: datetime
    delay_s: float
    level: str
    badge: str
    service: str
    message: Message
    fields: list[Field]
    marks: list[Mark]
    inferred: list[Mark]  # by the sender
    json: str


@dataclass(frozen=True)
class Message:
    text: SafeString
    more_lines: int
    more_characters: int


def opened(entry: Item, zone: ZoneInfo, pattern: Marker | None, whole: bool) -> Opened:
    return Opened(
        id=entry.id,
        at=entry.timestamp.astimezone(zone),
        received=entry.received.astimezone(zone),
        delay_s=round((entry.received - entry.timestamp).total_seconds(), 3),
        level=entry.level,
        badge=BADGES.get(entry.level, entry.level[:2]),
        service=visible(entry.service),
        message=message(entry.message, pattern, whole),
        fields=fields(entry.metadata),
        marks=marks(entry.metadata),
        inferred=inferred(entry.metadata),
        json=pretty(entry),
    )


def message(text: str, pattern: Marker | None, whole: bool) -> Message:
    """The message, of which very much is shown only when asked for."""
    seen = visible(text).strip("\n")
    shown = seen if whole else "\n".join(seen[:MAX_SHOWN].split("\n")[:MAX_LINES])
    rest = seen[len(shown) :]
    return Message(marked(shown, pattern), rest.count("\n"), len(rest))


def fields(metadata: Mapping[str, Any]) -> list[Field]:
    """All values with their paths, without the marks."""
    kept = {key: value for key, value in metadata.items() if key != MARKS}
    return [_field(name, value) for name, value in _leaves("", kept)]


def _field(name: str, value: Any) -> Field:
    text = visible(value if isinstance(value, str) else _json(value))
    return Field(
        visible(name).replace("\n", "␊"),
        text[:MAX_SHOWN],
        max(0, len(text) - MAX_SHOWN),
    )


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Objects are opened, and lists that hold objects; other lists stay whole."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for index, inner in enumerate(value):
            yield from _leaves(f"{path}[{index}]", inner)
    elif path:
        yield path, value


def pretty(entry: Item) -> str:
    """Indented JSON; characters that turn the direction of text are escaped."""
    item = {
        "id": entry.id,
        "timestamp": zulu(entry.timestamp),
        "received": zulu(entry.received),
        "level": entry.level,
        "service": entry.service,
        "message": entry.message,
        "metadata": entry.metadata,
    }
    text = json.dumps(item, ensure_ascii=False, indent=2, default=str)
    return _DIRECTION.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
