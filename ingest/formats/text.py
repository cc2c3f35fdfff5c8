"""A raw line of text -> its time, level, message and the fields before the message.

The message is what follows the recognised prefix; every other part of the prefix is
kept in the fields, so nothing that the line said is lost. A line in no known layout
is all message and has no time, but may begin with a level.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ingest.formats import logfmt
from ingest.formats.layouts import LAYOUTS, UNTIMED, Layout
from ingest.formats.linetimes import FORMS, Reading, read_line_time, read_time_value
from ingest.formats.syslog import elements
from ingest.formats.times import ReadTime

_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_NUMBERS: Final = frozenset(("pid", "line", "status", "bytes", "thread"))
_REDIS_LEVELS: Final = {".": "debug", "-": "verbose", "*": "notice", "#": "warning"}
_NOTHING: Final = (None, "", "-")


@dataclass(frozen=True, slots=True)
class TextLine:
    """What one line says. `level` is spelled as in the line."""

    message: str
    time: ReadTime | None = None
    time_text: str = ""  # the time as written
    level: str | int | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def read_text(line: str, reading: Reading) -> TextLine:
    """The parts of a line without its line end."""
    if "\x1b" in line:
        line = _COLOURS.sub("", line)
    for layout in LAYOUTS:
        if (found := _try(layout, line, reading)) is not None:
            return found
    return _pairs(line, reading) or _untimed(line)


def _try(layout: Layout, line: str, reading: Reading) -> TextLine | None:
    head = layout.head.match(line)
    if head is None:
        return None
    for tail in layout.tails:
        if match := tail.match(line, head.end()):
            return _timed(line, head, match, reading)
    return None


def _timed(
    line: str, head: re.Match[str], tail: re.Match[str], reading: Reading
) -> TextLine | None:
    groups = head.groupdict() | {k: v for k, v in tail.groupdict().items() if v}
    form = next((name for name in FORMS if groups.get(name)), None)
    time_text = groups[form] if form else ""
    time = read_line_time(form, time_text, reading) if form else None
    if form and time is None:
        return None
    return TextLine(
        message=line[tail.end() :] or line,
        time=time,
        time_text=time_text,
        level=_level(groups),
        fields=dict(_fields(groups)),
    )


def _pairs(line: str, reading: Reading) -> TextLine | None:
    pairs = logfmt.read_pairs(line) if "=" in line else None
    if pairs is None:
        return None
    time_text = logfmt.take(pairs, logfmt.TIME) or ""
    time = read_time_value(time_text, reading)
    if time_text and time is None:
        pairs["time"] = time_text
    level = logfmt.take(pairs, logfmt.LEVEL)
    message = logfmt.take(pairs, logfmt.MESSAGE) or line
    return TextLine(message, time, time_text, level, dict(pairs))


def _untimed(line: str) -> TextLine:
    match = UNTIMED.match(line)
    return TextLine(line, level=match.group(match.lastindex or 0) if match else None)


def _level(groups: dict[str, str | None]) -> str | int | None:
    level, priority = groups.get("level"), groups.get("priority")
    if level:
        return _REDIS_LEVELS.get(level, level)
    return int(priority) % 8 if priority else None


def _fields(groups: dict[str, str | None]) -> Iterator[tuple[str, Any]]:
    for name, value in groups.items():
        if value in _NOTHING or value is None or name in FORMS or name == "level":
            continue
        if name == "priority":
            yield "facility", int(value) // 8
        elif name == "structured":
            yield "structured", elements(value)
        else:
            is_number = name in _NUMBERS and value.isdigit() and len(value) < 19
            yield name, int(value) if is_number else value.strip()
