"""Lines in, batches out: the sender without its files, its clock and its network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ingest.formats.joining import Joined, Joiner, Line
from ingest.formats.linetimes import Reading
from ingest.send import entries
from ingest.send.batch import MAX_BATCH_ENTRIES, Batch, Batcher, Entry
from ingest.send.reader import RawLine

Format = Literal["auto", "json", "text"]
FORMATS: Final[tuple[Format, ...]] = ("auto", "json", "text")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that is not sent, and why."""

    number: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How the lines of a source are read."""

    reading: Reading
    service: str | None = None
    format: Format = "auto"
    batch_entries: int = MAX_BATCH_ENTRIES


class Assembly:
    """Makes the batches of one source. The same lines make the same batches."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.refused: list[Refusal] = []
        self._joiner = Joiner(settings.reading)
        self._batcher = Batcher(settings.batch_entries)

    def add(self, line: RawLine) -> Iterator[Batch]:
        """The batches that this line completes."""
        if line.too_long:
            self._refuse(line, "too_large", "The line is longer than an entry may be.")
        elif self._is_json(line):
            yield from self._add_json(line)
        elif self.settings.format != "json":
            yield from self._add_text(line)
        elif line.data.strip():
            self._refuse(line, "invalid_json", "Not a JSON object with a message.")

    @property
    def waiting(self) -> bool:
        """Whether entries are held that no batch has taken along yet."""
        return self._joiner.is_open or self._batcher.has_entries

    def renew(self, reading: Reading) -> None:
        """For sources that never end: the years of their lines move on."""
        self._joiner.reading = reading

    def flush(self) -> Iterator[Batch]:
        """The entries that are complete; one that may still go on is kept."""
        yield from self._batcher.flush()

    def finish(self) -> Iterator[Batch]:
        """What is still open, at the end of the source or after a silence."""
        yield from self._send(self._joiner.flush())
        yield from self._batcher.flush()

    def _is_json(self, line: RawLine) -> bool:
        return self.settings.format != "text" and line.data.lstrip()[:1] == b"{"

    def _add_json(self, line: RawLine) -> Iterator[Batch]:
        body = entries.of_json(line.data, self.settings.service)
        if body is not None:
            yield from self._send(self._joiner.flush())
            yield from self._batcher.add(_entry(body, line))
        elif self.settings.format == "auto":
            yield from self._add_text(line)
        else:
            self._refuse(line, "invalid_json", "Not a JSON object with a message.")

    def _add_text(self, line: RawLine) -> Iterator[Batch]:
        # Bytes that are not UTF-8 stay readable as \xff instead of being lost.
        text = line.data.decode("utf-8", "backslashreplace")
        yield from self._send(
            self._joiner.add(Line(line.number, line.start, line.end, text))
        )

    def _send(self, joined: Iterator[Joined]) -> Iterator[Batch]:
        for lines in joined:
            body = entries.of_text(lines, self.settings.service)
            yield from self._batcher.add(_entry(body, lines))

    def _refuse(self, line: RawLine, code: str, message: str) -> None:
        self.refused.append(Refusal(line.number, code, message))


def _entry(body: bytes, lines: RawLine | Joined) -> Entry:
    last = lines.last if isinstance(lines, Joined) else lines.number
    return Entry(body, lines.number, last, lines.start, lines.end)
