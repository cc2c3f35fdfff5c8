"""A partition's log in memory, and a store that applies writes as MongoDB would."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.entry import LogEntry
from ingest.errors import BadEntry
from ingest.fold.block import State, to_datetime
from ingest.fold.duplicates import KEY_HOLDS_MS
from ingest.fold.message import Message, Piece, Run, alone
from ingest.fold.state import Lane, PartitionFold, Writes

LANE = Lane(topic="logs", partition=1, incarnation=7)
TIMES = ("timestamp", "received")
START = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)


def make_message(
    offset: int,
    received: int = START_MS,
    *,
    request: bytes | None = None,
    bad: bool = False,
    message: str = "card declined",
    event: int | None = None,
) -> Message:
    """A decoded message; `event` is its entry's time in ms, as a rule `received`."""
    entry = LogEntry(
        timestamp=to_datetime(received if event is None else event),
        level="INFO",
        service="payment-service",
        message=f"{message} {offset}",
        metadata={"order": offset},
    )
    content = BadEntry("invalid_json", "not JSON") if bad else entry
    return Message(offset, received, 0, bytes(100), request, content)


@dataclass
class MemoryStore:
    """What a worker would have written, under the same rules."""

    entries: dict[str, dict[bytes, dict[str, Any]]] = field(default_factory=dict)
    dead: dict[int, str] = field(default_factory=dict)
    blocks: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    last: int = -1
    received: int = -1

    def apply(self, writes: Writes, steps: int = 4) -> None:
        """Write in order; fewer than four steps is a crash between two of them."""
        if steps > 0:
            for day, documents in writes.entries.items():
                kept = self.entries.setdefault(day, {})
                for document in documents:
                    stored = kept.setdefault(document["_id"], deepcopy(document))
                    assert stored == document
        if steps > 1:
            self.dead.update({m.offset: bad.code for m, bad in writes.dead})
        if steps > 2:
            for block in writes.blocks:
                self._write_block(block)
        if steps > 3:
            self._move_head(writes)

    def _move_head(self, writes: Writes) -> None:
        self.last = max(self.last, writes.next_offset - 1)
        self.received = max(self.received, writes.received)
        if writes.newest is not None:
            assert writes.newest.offset < writes.next_offset

    def _write_block(self, block: dict[str, Any]) -> None:
        stored = self.blocks.get(block["_id"])
        if stored is None or (not stored["done"] and stored["last"] <= block["last"]):
            self.blocks[block["_id"]] = deepcopy(block)
        else:
            assert stored["last"] >= block["last"]

    def reopen(self, start: int) -> PartitionFold:
        """A new owner's fold, resumed from what is stored."""
        fold = PartitionFold(LANE, max(start, self.last + 1))
        fold.received = self.received
        ordered = [self.blocks[key] for key in sorted(self.blocks)]
        if not ordered:
            return fold
        newest = ordered[-1]
        horizon = newest["max_received"] - timedelta(milliseconds=KEY_HOLDS_MS)
        recent = [b for b in ordered if b["done"] and b["max_received"] >= horizon]
        fold.remember(recent)
        if newest["last"] + 1 >= fold.next:
            fold.resume(newest, self._entries_of(newest))
        return fold

    def _entries_of(self, block: dict[str, Any]) -> list[dict[str, Any]]:
        holes = {o for _, a, b in block["holes"] for o in range(a, b + 1)}
        kept = self.entries.get(block["day"], {})
        return [
            as_read(document)
            for key, document in sorted(kept.items())
            if block["first"] <= int.from_bytes(key[8:]) <= block["last"]
            and int.from_bytes(key[8:]) not in holes
        ]


def as_read(document: dict[str, Any]) -> dict[str, Any]:
    """As MongoDB gives it: times with their zone."""
    times = {name: document[name].replace(tzinfo=UTC) for name in TIMES}
    return document | times


def in_runs(messages: list[Message]) -> list[Piece]:
    """Those that go on as runs do, as runs."""
    pieces: list[Piece] = []
    for message in messages:
        last = pieces[-1] if pieces else None
        plain = isinstance(message.content, LogEntry) and message.received >= 0
        if not plain or message.request is not None:
            pieces.append(message)
        elif isinstance(last, Run) and last.goes_on_with(alone(message)):
            last.extend(alone(message))
        else:
            pieces.append(alone(message))
    return pieces


def state_of(block: dict[str, Any], offset: int) -> str:
    for state, first, last in block["holes"]:
        if first <= offset <= last:
            return str(state)
    return State.STORED.value
