"""Lines of text -> entries of one or more lines, within limits.

A line with a time of its own begins an entry; stack traces and indented lines after
it are joined to its message. The result depends on the lines only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ingest.formats.linetimes import Reading
from ingest.formats.stacktraces import Trace, follow, is_frame, opening
from ingest.formats.text import TextLine, read_text

MAX_JOINED_LINES: Final = 1_000
# JSON doubles quotes and line ends: this stays below MAX_ENTRY_BYTES.
MAX_JOINED_BYTES: Final = 96 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a source: its number from 1, its place in bytes, its text."""

    number: int
    start: int
    end: int  # where the next line starts
    text: str


@dataclass(slots=True)
class Joined:
    """One entry's lines: what the first one says, and the text of the others."""

    head: TextLine
    number: int
    last: int  # number of its last line
    start: int
    end: int
    more: list[str] = field(default_factory=list)
    size: int = 0

    @property
    def message(self) -> str:
        return (
            "\n".join((self.head.message, *self.more))
            if self.more
            else self.head.message
        )


class Joiner:
    """Joins the lines of one source; holds the entry that may still go on."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._open: Joined | None = None
        self._trace = Trace.NONE
        self._blanks = 0  # empty lines, part of the entry only if it goes on

    def add(self, line: Line) -> Iterator[Joined]:
        """The entry that this line ends, if it ends one."""
        if not line.text.strip():
            self._blanks += 1
            return
        parsed = read_text(line.text, self.reading)
        if parsed.time is None and self._goes_on(line.text):
            yield from self._append(line)
        else:
            yield from self.flush()
            self._begin(line, parsed)

    def flush(self) -> Iterator[Joined]:
        """The entry that is still open: at the end, or after a silence."""
        if self._open is not None:
            yield self._open
        self._open = None
        self._trace = Trace.NONE

    @property
    def is_open(self) -> bool:
        return self._open is not None

    def _goes_on(self, text: str) -> bool:
        if self._open is None:
            return False
        if not (self._may_go_on(self._open.head) or is_frame(text)):
            return False
        step = follow(text, self._trace, self._open.head.time is not None)
        self._trace = step.trace
        return step.goes_on

    def _may_go_on(self, head: TextLine) -> bool:
        known = head.time is not None or head.level is not None
        return known or self._trace is not Trace.NONE

    def _begin(self, line: Line, parsed: TextLine) -> None:
        self._open = Joined(parsed, line.number, line.number, line.start, line.end)
        self._open.size = line.end - line.start
        self._trace = opening(line.text) if parsed.time is None else Trace.NONE
        self._blanks = 0

    def _append(self, line: Line) -> Iterator[Joined]:
        joined = self._open
        if joined is None:
            return
        if self._is_full(joined, line):
            yield joined
            self._open = joined = _rest_of(joined, line)
        else:
            joined.more += [""] * self._blanks + [line.text]
        joined.size += line.end - line.start
        joined.end = line.end
        joined.last = line.number
        self._blanks = 0

    def _is_full(self, joined: Joined, line: Line) -> bool:
        lines = 1 + len(joined.more) + self._blanks
        return (
            lines >= MAX_JOINED_LINES
            or joined.size + line.end - line.start > MAX_JOINED_BYTES
        )


def _rest_of(joined: Joined, line: Line) -> Joined:
    """What does not fit goes on as an entry of the same time, level and fields."""
    head = joined.head
    rest = TextLine(line.text, head.time, head.time_text, head.level, head.fields)
    return Joined(rest, line.number, line.number, line.start, line.end)
