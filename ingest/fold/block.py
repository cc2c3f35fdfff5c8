"""One block: up to BLOCK_OFFSETS consecutive offsets of a partition, and its document.

The document is a pure function of what the block's offsets held, however they were
read: in one go, in pieces, or again after a crash.
"""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import repeat
from typing import Any, Final

import numpy as np

from ingest.entry import LogEntry
from ingest.fold import terms
from ingest.fold.duplicates import BlockRequests
from ingest.words import ESCAPE, word_bytes

BLOCK_OFFSETS: Final = 1_024
BLOCK_VERSION: Final = 2  # also of which texts its words are
MAX_SPANS: Final = 8
MIN_GAP_MS: Final = 60_000  # event times closer than this share a span
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000

_position = struct.Struct(">IIQ")
LOG_LENGTH: Final = 8  # bytes of a position that name incarnation and partition
MAX_OFFSET: Final = 2**63 - 1


class State(StrEnum):
    """What became of an offset. Every offset of a block is in exactly one."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    DEAD = "dead"
    VOID = "void"  # control records, compacted: there is no message
    LOST = "lost"  # gone from Kafka before it was read
    EXPIRED = "expired"  # its day was already dropped


def position(incarnation: int, partition: int, offset: int) -> bytes:
    """The 16 bytes that identify a message: its `_id` wherever it is stored."""
    return _position.pack(incarnation, partition, offset)


def positions(incarnation: int, partition: int, first: int, count: int) -> list[bytes]:
    """Of consecutive offsets."""
    offsets = range(first, first + count)
    return list(map(_position.pack, repeat(incarnation), repeat(partition), offsets))


def incarnation(identity: str, generation: int = 0) -> int:
    """32 bits that differ for every life of a topic: offsets start again with it."""
    name = f"{identity}/{generation}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=4).digest())


def parse_position(position_id: bytes) -> tuple[int, int, int]:
    """Incarnation, partition and offset of a position."""
    incarnation, partition, offset = _position.unpack(position_id)
    return incarnation, partition, offset


def to_datetime(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def to_ms(time: datetime) -> int:
    return (time - EPOCH) // MILLISECOND


def times_of(entries: Iterable[LogEntry]) -> list[int]:
    """to_ms of their timestamps, in half the time."""
    since = [entry.timestamp - EPOCH for entry in entries]
    return [
        each.days * DAY_MS + each.seconds * 1_000 + each.microseconds // 1_000
        for each in since
    ]


def day_of(received: int) -> str:
    """The day, YYYYMMDD in UTC, of an append time in milliseconds."""
    return to_datetime(received).strftime("%Y%m%d")


class OpenBlock:
    """A block that is being filled. Offsets are added in order, without holes."""

    def __init__(self, first: int, received: int) -> None:
        self.first = first
        self.last = first - 1
        self.day = day_of(received)
        self.day_end = (received // DAY_MS + 1) * DAY_MS  # exclusive, in ms
        self.received = received  # running maximum of append times, in ms
        self.min_received = received
        self.bytes = 0
        self.states: Counter[State] = Counter()
        self.holes: list[list[Any]] = []
        self.requests = BlockRequests()
        self.repeats = BlockRequests()  # of the duplicates: what they repeat
        self.counts: Counter[tuple[int, str, str]] = Counter()
        # The same offsets by minute of append time (running maximum), for the ledger.
        self.flow: Counter[tuple[int, str, State]] = Counter()
        self.times: list[int] = []
        self.ascii = True
        self._words: set[bytes] = set()
        self._hashes = bytearray()
        self._unread: list[LogEntry] = []

    @property
    def room(self) -> int:
        """How many offsets it still takes."""
        return self.first + BLOCK_OFFSETS - 1 - self.last

    def add_entries(
        self, entries: list[LogEntry], size: int, received: list[int]
    ) -> None:
        """The next offsets hold these entries, which are stored.

        `received` is the append time of each, in ms.
        """
        self._flow_of(entries, received)
        self.last += len(entries)
        self.received = max(self.received, max(received))
        self.min_received = min(self.min_received, min(received))
        self.bytes += size
        self.states[State.STORED] += len(entries)
        times = times_of(entries)
        self.times += times
        # Lists, not a generator: a Counter takes them in one go.
        minutes = [time // MINUTE_MS for time in times]
        services = [entry.service for entry in entries]
        levels = [entry.level for entry in entries]
        self.counts.update(zip(minutes, services, levels, strict=True))
        self._unread += entries

    def _flow_of(self, entries: list[LogEntry], received: list[int]) -> None:
        # Minutes of the running maximum, as Kafka finds offsets by time.
        reached = max(self.received, received[0])
        if max(reached, max(received)) // MINUTE_MS == reached // MINUTE_MS:
            names = Counter([entry.service for entry in entries])
            for service, count in names.items():
                self.flow[reached // MINUTE_MS, service, State.STORED] += count
            return
        for entry, time in zip(entries, received, strict=True):
            reached = max(reached, time)
            self.flow[reached // MINUTE_MS, entry.service, State.STORED] += 1

    def add_hole(
        self, state: State, count: int, received: int, service: str = ""
    ) -> None:
        """The next `count` offsets hold nothing that is stored."""
        start, self.last = self.last + 1, self.last + count
        self.received = max(self.received, received)
        self.states[state] += count
        self.flow[self.received // MINUTE_MS, service, state] += count
        if self.holes and self.holes[-1][0] == state and self.holes[-1][2] == start - 1:
            self.holes[-1][2] = self.last
        else:
            self.holes.append([state.value, start, self.last])

    def document(
        self, incarnation: int, partition: int, topic: str, done: bool
    ) -> dict[str, Any]:
        """The block as it is stored in `blocks`."""
        self._read_words()
        filter_bits, bits = terms.build(bytes(self._hashes))
        covered = [[to_datetime(a), to_datetime(b)] for a, b in spans(self.times)]
        document: dict[str, Any] = {
            "_id": position(incarnation, partition, self.first),
            "v": BLOCK_VERSION,
            "topic": topic,
            "partition": partition,
            "first": self.first,
            "last": self.last,
            "done": done,
            "day": self.day,
            "states": {state.value: self.states[state] for state in State},
            "holes": [list(hole) for hole in self.holes],
            "bytes": self.bytes,
            "min_received": to_datetime(self.min_received),
            "max_received": to_datetime(self.received),
            "spans": covered,
            "counts": [
                [to_datetime(minute * MINUTE_MS), service, level, count]
                for (minute, service, level), count in sorted(self.counts.items())
            ],
            "flow": [
                [to_datetime(minute * MINUTE_MS), service, state.value, count]
                for (minute, service, state), count in sorted(self.flow.items())
            ],
            "services": sorted({service for _, service, _ in self.counts}),
            "levels": sorted({level for _, _, level in self.counts}),
            "requests": self.requests.packed(self.first),
            "ascii": self.ascii,
            "terms": filter_bits,
            "terms_bits": bits,
        }
        if self.repeats.runs:
            document["repeats"] = self.repeats.packed(self.first)
        if covered:
            document["oldest"], document["newest"] = covered[0][0], covered[-1][1]
        return document

    def _read_words(self) -> None:
        texts = terms.texts_of_all(self._unread)
        self._unread.clear()
        if self.ascii:
            self.ascii = all(map(_stands_as_it_is, texts))
        new = word_bytes(texts)
        if self._words:
            new -= self._words
            self._words |= new
        else:  # as a rule: read in one go
            self._words = new
        self._hashes += terms.digests(new)


def _stands_as_it_is(text: str) -> bool:
    """Whether words can be looked for in the bytes of a text."""
    return text.isascii() and ESCAPE not in text


def bare_document(
    block_id: bytes, topic: str, last: int, received: int, now: int
) -> dict[str, Any]:
    """A finished block without entries: offsets up to `last`, all lost; maybe none.

    `received` is the partition's running maximum of append times. The block is kept
    as long as those of `now` are. Times in ms.
    """
    incarnation, partition, first = parse_position(block_id)
    block = OpenBlock(first, received)
    if last >= first:
        block.add_hole(State.LOST, last - first + 1, received)
    block.day = day_of(now)
    return block.document(incarnation, partition, topic, done=True)


def flow_of(stored: list[list[Any]]) -> Counter[tuple[int, str, State]]:
    """The field `flow` of a stored block, as an open block counts it."""
    return Counter(
        {
            (to_ms(minute) // MINUTE_MS, service, State(state)): count
            for minute, service, state, count in stored
        }
    )


def spans(times: list[int]) -> list[tuple[int, int]]:
    """Up to MAX_SPANS disjoint intervals that cover all times, nearest ones merged."""
    if not times:
        return []
    ordered = np.sort(np.array(times, dtype=np.int64))
    gaps = np.diff(ordered)
    wide = np.flatnonzero(gaps > MIN_GAP_MS)
    widest = wide[np.argsort(-gaps[wide], kind="stable")][: MAX_SPANS - 1]
    cuts = np.sort(widest)
    starts = ordered[[0, *(cuts + 1)]].tolist()
    ends = ordered[[*cuts, -1]].tolist()
    return list(zip(starts, ends, strict=True))
