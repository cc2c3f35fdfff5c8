"""An owner of one partition that reads and writes only when a test says so."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from pymongo.database import Database

from ingest.deadletter import TOPIC_SUFFIX, DeadLetters, known_verdicts
from ingest.documents import ensure_collections
from ingest.entries import Entries
from ingest.fold.state import PartitionFold, Writes
from ingest.heads import Heads
from ingest.kafka.admin import topic_id
from ingest.kafka.outbox import Outbox
from ingest.kafka.reader import LogReader
from ingest.kafka.records import Records
from ingest.kafka.span import Span
from ingest.kafka.topics import ensure_topic
from ingest.mongo import Document
from ingest.opening import Opener
from ingest.steps.decode import decode_runs
from ingest.steps.flush import Flush, Job
from ingest.store import Store


class Owner:
    """The parts of a store worker, driven by hand on partition 0."""

    def __init__(self, brokers: str, topic: str, db: Database[Document]) -> None:
        ensure_collections(db)
        ensure_topic(brokers, topic + TOPIC_SUFFIX, 1, 1, 2**30, 3_600_000)
        self.db = db
        self._records = Records(brokers, topic)
        self._reader = LogReader(brokers, topic)
        store = Store(db)
        identity = partial(topic_id, brokers, topic)
        letters = DeadLetters(Outbox(brokers), topic)
        self._opener = Opener(topic, Heads(db), store, self._records, identity)
        self._flush = Flush(Entries(db), store, letters, identity)
        self.fold: PartitionFold
        self._verdicts: dict[int, Any] = {}

    @property
    def span(self) -> Span:
        return self._reader.span(0)

    def open(self, reused: bytes = b"", now: datetime | None = None) -> Owner:
        """Load the partition, as after an assignment."""
        at = now or datetime.now(UTC)
        self.fold = self._opener.open(0, self.span, at, reused)
        before = self.fold.next - 1
        self._verdicts = dict(known_verdicts(self.db, self.fold.lane, before))
        return self

    def read(self, end: int | None = None) -> Owner:
        """Fold what Kafka holds up to an offset (exclusive), or to its end."""
        end = self.span.end if end is None else end
        messages = self._records.between(0, self.fold.next, end)
        self.fold.fold(decode_runs(messages, self._verdicts))
        self.fold.pass_over(end)
        return self

    def write(self, writes: Writes | None = None) -> Owner:
        """Write what was folded; raises LoadAgain as a worker's writer would."""
        self._flush([Job(self.fold.lane, writes or self.fold.take_writes())])
        return self

    def close(self) -> None:
        self._records.close()
        self._reader.close()


def blocks_of(db: Database[Document]) -> list[Document]:
    return list(db["blocks"].find().sort("_id", 1))


def visible_messages(db: Database[Document]) -> list[str]:
    """What a search finds: the entries that blocks show, in the order of blocks."""
    found = []
    for block in blocks_of(db):
        shown = {"$gte": block["_id"], "$lte": block["_id"][:8] + _bytes(block["last"])}
        entries = db["logs_" + block["day"]].find({"_id": shown}).sort("_id", 1)
        found += [e["message"] for e in entries if not _hidden(block, e)]
    return found


def _hidden(block: Document, entry: Document) -> bool:
    offset = int.from_bytes(entry["_id"][8:])
    return any(first <= offset <= last for _, first, last in block["holes"])


def _bytes(offset: int) -> bytes:
    return max(0, offset).to_bytes(8, "big")


def state_counts(db: Database[Document]) -> dict[str, int]:
    """How many offsets all blocks have in each state that occurs."""
    counts: dict[str, int] = {}
    for block in blocks_of(db):
        for state, number in block["states"].items():
            counts[state] = counts.get(state, 0) + number
    return {state: number for state, number in counts.items() if number}
