"""A partition that a request was sent to, stored by the code of the store worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from ingest.deadletter import dead_letter
from ingest.documents import ensure_collections
from ingest.edge.receipts import EdgeTimes, encode
from ingest.entries import Entries
from ingest.entry import LogEntry
from ingest.errors import BadEntry
from ingest.fold.block import incarnation, to_datetime, to_ms
from ingest.fold.state import Lane, Message, PartitionFold, Raw
from ingest.kafka.runs import Run
from ingest.query.tracing import topic_name
from ingest.store import Store

TOPIC_ID = bytes(range(16))
BAD = BadEntry("invalid_json", "The line is not JSON.")


class Acknowledged:
    """Partition 0 of the log topic. What is sent is stored when a test says so."""

    def __init__(self, db: Any) -> None:
        self.db = db
        self.sent: list[Message] = []
        self.at_ms = to_ms(datetime.now(UTC)) - 2_000
        name = topic_name(TOPIC_ID)
        life = incarnation(name)
        self.lane = Lane(settings.LOG_TOPIC, 0, life, name)
        self._fold = PartitionFold(self.lane, 0)
        ensure_collections(db)
        head = {"topic": settings.LOG_TOPIC, "topic_id": name, "partition": 0}
        begun = {"generation": 0, "switches": [], "start": 0, "last": -1}
        now = datetime.now(UTC)
        db["heads"].insert_one({"_id": f"{name}/0", **head, **begun, "begun": now})

    def send(self, count: int, request: bytes = b"", bad: bool = False) -> str:
        """A request, acknowledged: its receipt."""
        first = len(self.sent)
        for index in range(count):
            named = request + index.to_bytes(4, "big") if request else None
            self.sent.append(self._message(first + index, named, bad))
        return self.receipt(first, count)

    def receipt(self, first: int, count: int, secret: bytes = b"") -> str:
        times = EdgeTimes(self.at_ms - 5, self.at_ms + 7)
        runs = [Run(0, first, count, self.at_ms)]
        return encode(TOPIC_ID, runs, times, secret or settings.SECRET_KEY.encode())

    def store(self) -> None:
        """As a store worker does with all that was sent."""
        self._fold.fold(self.sent[self._fold.next :])
        writes = self._fold.take_writes()
        entries, store = Entries(self.db), Store(self.db)
        entries.insert(writes.entries, writes.sizes)
        now = datetime.now(UTC)
        dead = [
            dead_letter(self.lane, message, bad, now) for message, bad in writes.dead
        ]
        if dead:
            entries.insert_dead(dead)
        store.write_blocks(writes.blocks)
        last = {"$set": {"last": writes.next_offset - 1}}
        self.db["heads"].update_one({"_id": f"{self.lane.topic_id}/0"}, last)

    def _message(self, offset: int, request: bytes | None, bad: bool) -> Message:
        at = to_datetime(self.at_ms) - timedelta(seconds=1)
        entry = LogEntry(at, "INFO", "payment-service", f"card declined {offset}", {})
        value = b"{no json" if bad else b"{}"
        raw = Raw(b"", value, []) if bad else None
        content = BAD if bad else entry
        return Message(offset, self.at_ms, 0, value, request, content, raw)
