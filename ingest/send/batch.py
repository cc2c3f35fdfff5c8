"""Batches of entries whose borders and keys depend on the content alone.

The same file gives the same batches, so sending it again within the hour in which
keys are remembered stores nothing twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

MAX_BATCH_ENTRIES: Final = 1_000
MAX_BATCH_BYTES: Final = 2 * 1024 * 1024  # of JSON, well below MAX_BODY_BYTES


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry ready to be sent, and the lines of the source that it is made of."""

    body: bytes
    number: int  # of its first line
    last: int  # of its last line
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries that travel in one request."""

    entries: tuple[Entry, ...]

    @property
    def start(self) -> int:
        return self.entries[0].start

    @property
    def end(self) -> int:
        return self.entries[-1].end

    @property
    def last(self) -> int:
        return self.entries[-1].last

    @property
    def body(self) -> bytes:
        return b"\n".join(entry.body for entry in self.entries)

    def key(self, source: str) -> str:
        """The Idempotency-Key: which source, which place in it, which content."""
        digest = hashlib.blake2b(digest_size=16)
        digest.update(f"{len(source)}:{source}:{self.start}:".encode())
        digest.update(self.body)
        return digest.hexdigest()


@dataclass(slots=True)
class Batcher:
    """Collects entries until a batch is full."""

    max_entries: int = MAX_BATCH_ENTRIES
    max_bytes: int = MAX_BATCH_BYTES
    _entries: list[Entry] = field(default_factory=list)
    _bytes: int = 0

    def add(self, entry: Entry) -> Iterator[Batch]:
        """The batch that is full, if one is."""
        if self._entries and self._bytes + len(entry.body) > self.max_bytes:
            yield from self.flush()
        self._entries.append(entry)
        self._bytes += len(entry.body) + 1
        if len(self._entries) >= self.max_entries:
            yield from self.flush()

    @property
    def has_entries(self) -> bool:
        return bool(self._entries)

    def flush(self) -> Iterator[Batch]:
        """What was collected so far, if anything."""
        if self._entries:
            yield Batch(tuple(self._entries))
        self._entries = []
        self._bytes = 0


def entries_per_batch(rate: float | None) -> int:
    """At slow rates smaller batches, so that entries flow and do not come in heaps."""
    if rate is None:
        return MAX_BATCH_ENTRIES
    return max(1, min(MAX_BATCH_ENTRIES, int(rate)))
