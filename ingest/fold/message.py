"""What the fold takes: messages one by one, or runs of entries by column."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any, cast

import msgspec

from ingest.entry import LogEntry
from ingest.errors import BadEntry


class Raw(msgspec.Struct, frozen=True):
    """A message as it came; kept of those that become dead letters."""

    key: bytes | None = None
    value: bytes = b""
    headers: list[list[Any]] = []


class Message(msgspec.Struct, gc=False):
    """What Kafka carried at one offset, decoded.

    `received` is in milliseconds; -1 if the broker did not stamp it.
    """

    offset: int
    received: int
    epoch: int
    value: bytes
    request: bytes | None  # the header `request`, 16 bytes
    content: LogEntry | BadEntry
    raw: Raw | None = None

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.offset + 1

    @property
    def checksum(self) -> int:
        """To know it again in Kafka."""
        return zlib.crc32(self.value)


class Run(msgspec.Struct, gc=False):
    """Entries at consecutive offsets, without requests and stamped by the broker.

    Nearly all messages are so, and a list for each field costs a third of what an
    object for each message does.
    """

    offset: int  # of the first
    epoch: int
    received: list[int]
    values: list[bytes]
    entries: list[LogEntry]

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.offset + len(self.entries)

    def between(self, start: int, end: int) -> Run:
        """The part from one place up to another (exclusive)."""
        if (start, end) == (0, len(self)):
            return self
        return Run(
            self.offset + start,
            self.epoch,
            self.received[start:end],
            self.values[start:end],
            self.entries[start:end],
        )

    def goes_on_with(self, following: Run) -> bool:
        return (self.end, self.epoch) == (following.offset, following.epoch)

    def extend(self, following: Run) -> None:
        self.received += following.received
        self.values += following.values
        self.entries += following.entries

    @property
    def newest(self) -> Message:
        return self.message(len(self) - 1)

    def message(self, place: int) -> Message:
        return Message(
            self.offset + place,
            self.received[place],
            self.epoch,
            self.values[place],
            None,
            self.entries[place],
        )


Piece = Run | Message


def alone(message: Message) -> Run:
    """A message that is an entry, as a run."""
    entry = cast(LogEntry, message.content)
    columns = [message.received], [message.value], [entry]
    return Run(message.offset, message.epoch, *columns)


def each(pieces: Iterable[Piece]) -> Iterator[Message]:
    """Every message by itself."""
    for piece in pieces:
        if isinstance(piece, Message):
            yield piece
        else:
            yield from map(piece.message, range(len(piece)))
