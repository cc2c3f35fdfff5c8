"""One entry in full: its fields, what was mended in it, and its JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from ingest.entry import MARKS
from ingest.query.fields import name_of
from ingest.query.grammar import Query
from ingest.query.page import Item
from ingest.query.refining import Nodes, condition_on, conditions, is_among
from ingest.query.tree import METADATA, SERVICE, Path
from logsite.search.columns import is_column
from logsite.search.forms import zulu
from logsite.search.marks import Mark, inferred, marks
from logsite.search.rows import BADGES
from logsite.search.traces import parts
from logsite.search.visible import MAX_SHOWN, Marker, Shown, marked, shown, visible
from logsite.search.visible import marker as marker_of

MAX_LINES: Final = 20  # of a message, until asked for
_DIRECTION: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Field:
    """One value of the metadata; `name` is the path of keys that leads to it."""

    name: str
    value: str
    more_characters: int
    asked: Asked
    column: str  # its name in the list; "" where it cannot stand there


@dataclass(frozen=True)
class Asked:
    """The condition that a value makes, and whether the search has it."""

    condition: str  # "" where nobody can ask for the value
    is_included: bool = False
    is_excluded: bool = False


@dataclass(frozen=True)
class Opened:
    """An entry ready to be shown in full."""

    id: str
    at: datetime  # in the zone of the page, as all times here
    received: datetime
    delay_s: float
    level: str
    badge: str
    of_level: Asked
    service: str
    of_service: Asked
    message: Message
    fields: list[Field]
    marks: list[Mark]
    inferred: list[Mark]  # by the sender
    json: str


@dataclass(frozen=True)
class Block:
    """Lines of a message; folded ones say how many calls they are."""

    text: SafeString
    frames: int


@dataclass(frozen=True)
class Message:
    blocks: list[Block]
    more_lines: int
    more_characters: int


def opened(entry: Item, zone: ZoneInfo, query: Query, whole: bool) -> Opened:
    required = conditions(query.tree)
    service = condition_on(SERVICE, entry.service)
    return Opened(
        id=entry.id,
        at=entry.timestamp.astimezone(zone),
        received=entry.received.astimezone(zone),
        delay_s=round((entry.received - entry.timestamp).total_seconds(), 3),
        level=entry.level,
        badge=BADGES.get(entry.level, entry.level[:2]),
        of_level=_asked(f"level:{entry.level.lower()}", required),
        service=visible(entry.service),
        of_service=_asked(service, required),
        message=message(entry.message, marker_of(query), whole),
        fields=fields(entry.metadata, required),
        marks=marks(entry.metadata),
        inferred=inferred(entry.metadata),
        json=pretty(entry),
    )


def message(text: str, marker: Marker, whole: bool) -> Message:
    """The message, of which very much is shown only when asked for."""
    seen = shown(text)
    part = seen if whole else seen.cut(0, _end(seen.text))
    rest = seen.text[len(part.text) :]
    return Message(list(_blocks(part, marker)), rest.count("\n"), len(rest))


def _end(text: str) -> int:
    """Where a message is cut: folded frames of a trace do not count as lines."""
    lines = text[:MAX_SHOWN].split("\n")
    left, last = MAX_LINES, 0
    for part in parts(lines):
        last = part.last if part.frames else min(part.last, part.first + left)
        left -= 0 if part.frames else last - part.first
        if last < part.last or not left:
            break
    return len("\n".join(lines[:last]))


def _blocks(message: Shown, marker: Marker) -> Iterator[Block]:
    lines = message.text.split("\n")
    at = 0
    for part in parts(lines):
        end = at + len("\n".join(lines[part.first : part.last]))
        yield Block(marked(message.cut(at, end), marker), part.frames)
        at = end + 1


def fields(metadata: Mapping[str, Any], required: Nodes = ()) -> list[Field]:
    """All values with their paths, without the marks."""
    kept = {key: value for key, value in metadata.items() if key != MARKS}
    return [_field(leaf, required) for leaf in _leaves("", (METADATA,), kept)]


def _field(leaf: Leaf, required: Nodes) -> Field:
    text = leaf.value if isinstance(leaf.value, str) else _json(leaf.value)
    shown = visible(text)
    column = name_of(leaf.path)
    asks = leaf.value is not None and not isinstance(leaf.value, list | dict)
    return Field(
        visible(leaf.name).replace("\n", "␊"),
        shown[:MAX_SHOWN],
        max(0, len(shown) - MAX_SHOWN),
        _asked(condition_on(leaf.path, text) if asks else "", required),
        column if is_column(column) else "",
    )


def _asked(condition: str, required: Nodes) -> Asked:
    if not condition:
        return Asked("")
    both = (is_among(condition, required, exclude) for exclude in (False, True))
    return Asked(condition, *both)


class Leaf(NamedTuple):
    name: str  # with the places in lists
    path: Path
    value: Any


def _leaves(name: str, path: Path, value: Any) -> Iterator[Leaf]:
    """Objects are opened, and lists that hold objects; other lists stay whole."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            named = f"{name}.{key}" if name else str(key)
            yield from _leaves(named, (*path, str(key)), inner)
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for index, inner in enumerate(value):
            yield from _leaves(f"{name}[{index}]", path, inner)
    elif name:
        yield Leaf(name, path, value)


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
