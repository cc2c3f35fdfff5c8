"""The only writer of entries, dead letters, blocks and heads.

Every write can be repeated: ids are positions, and a block only ever goes forward.
All are acknowledged by a majority before the next one starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, InsertOne, UpdateOne
from pymongo.database import Database
from pymongo.errors import (
    BulkWriteError,
    DuplicateKeyError,
    PyMongoError,
)

from ingest.days import PREFIX, DayGone, Days, kept_from
from ingest.errors import Busy, IngestError
from ingest.fold.block import parse_position, position, to_datetime, to_ms
from ingest.fold.duplicates import KEY_HOLDS_MS
from ingest.fold.state import Lane, PartitionFold, Writes
from ingest.mongo import MAJORITY, Document, is_away

MAX_OFFSET: Final = 2**63 - 1
MAX_INSERT_ENTRIES: Final = 10_000
MAX_INSERT_BYTES: Final = 2 * 1024**2  # of JSON; BSON may be five times as large
Sizes = dict[str, list[int]]  # day -> bytes of each entry as JSON
_DUPLICATE_KEY: Final = 11000
_UUID_MISMATCH: Final = 361


class Overtaken(IngestError):
    """Somebody else went on with this partition: load its state again."""


class OffsetsReused(IngestError):
    """Another message is stored at this position: the log was cut or recreated."""


@contextmanager
def busy_when_away() -> Iterator[None]:
    """Turn the driver's many words for "not now" into Busy."""
    try:
        yield
    except PyMongoError as error:
        if is_away(error):
            raise Busy(str(error)) from error
        raise


class Store:
    """Writes of the fold into one database."""

    def __init__(self, db: Database[Document], classic_indexes: bool = False) -> None:
        self.db = db
        self.days = Days(db, classic_indexes)
        self._begun: set[bytes] = set()  # unfinished blocks that were inserted

    # -- entries ---------------------------------------------------------------------

    def insert_entries(self, entries: dict[str, list[Document]], sizes: Sizes) -> int:
        """Insert what is not stored yet; answers how many were stored already."""
        again = 0
        with busy_when_away():
            for day, documents in entries.items():
                for part in _parts(documents, sizes[day]):
                    again += self._insert(day, part)
        return again

    def _insert(self, day: str, documents: list[Document]) -> int:
        uuid = self.days.uuid(day)
        errors = insert(self.db, PREFIX + day, documents, collectionUUID=uuid)
        for error in errors:
            if error["code"] == _UUID_MISMATCH:
                self.days.forget(day)
                raise DayGone(day)
            if error["code"] != _DUPLICATE_KEY:
                raise IngestError(f"MongoDB refused an entry: {error}")
        self._compare(day, [documents[error["index"]] for error in errors])
        return len(errors)

    def _compare(self, day: str, documents: list[Document]) -> None:
        # The same position must hold the same message; append time and text tell.
        if not documents:
            return
        wanted = {document["_id"]: document for document in documents}
        query = {"_id": {"$in": list(wanted)}}
        for stored in self.db[PREFIX + day].find(query, {"received": 1, "message": 1}):
            mine = wanted[stored["_id"]]
            if (stored["received"], stored["message"]) != (
                mine["received"],
                mine["message"],
            ):
                raise OffsetsReused(stored["_id"].hex())

    # -- dead letters ----------------------------------------------------------------

    def insert_dead(self, letters: list[Document]) -> None:
        """Keep what cannot be stored, whole; the first letter of a position stays."""
        if letters:
            sizes = [len(letter["value"]) for letter in letters]
            with busy_when_away():
                for part in _parts(letters, sizes):
                    insert(self.db, "dead_letters", part)

    # -- blocks and heads ------------------------------------------------------------
    # A block's fields are set, never the document replaced: rollups keep notes in it.

    def write_blocks(self, blocks: list[Document]) -> None:
        """Make entries visible; the blocks of a partition come in their order."""
        with busy_when_away():
            if not self._write_at_once(blocks):
                for block in blocks:
                    self._write_block(block)
        for block in blocks:
            (self._begun.discard if block["done"] else self._begun.add)(block["_id"])

    def _write_at_once(self, blocks: list[Document]) -> bool:
        begun = [block for block in blocks if block["_id"] in self._begun]
        new = [block for block in blocks if block["_id"] not in self._begun]
        changes: list[InsertOne[Document] | UpdateOne] = [
            UpdateOne(_goes_forward(block), {"$set": block}) for block in begun
        ]
        changes += [InsertOne(block) for block in new]
        try:
            return not changes or self._written(changes) == len(begun)
        except BulkWriteError as error:
            if error.details["writeConcernErrors"]:
                raise Busy(str(error.details["writeConcernErrors"])) from error
            return False  # one was there already: look at each

    def _written(self, changes: list[Any]) -> int:
        return self.db["blocks"].bulk_write(changes, ordered=True).matched_count

    def _write_block(self, block: Document) -> None:
        # Resumed, begun by another owner, or written before the answer was lost. Never
        # an upsert of a begun one: retention may have dropped it, and it stays dropped.
        blocks = self.db["blocks"]
        if block["_id"] not in self._begun:
            with suppress(DuplicateKeyError):
                blocks.insert_one(block)
                return
        if blocks.update_one(_goes_forward(block), {"$set": block}).matched_count:
            return
        same = {"_id": block["_id"], "done": block["done"], "last": block["last"]}
        if blocks.find_one(same, {"_id": 1}) is None:
            self._begun.discard(block["_id"])
            raise Overtaken(f"block {block['_id'].hex()} went on elsewhere")

    def write_heads(self, heads: list[tuple[str, Document]]) -> None:
        """Move heads, each an id and its fields, forward; never back."""
        changes = [
            UpdateOne({"_id": key, "last": {"$lte": fields["last"]}}, {"$set": fields})
            for key, fields in heads
        ]
        with busy_when_away():
            self.db["heads"].bulk_write(changes, ordered=False)

    # -- resuming --------------------------------------------------------------------

    def load(self, lane: Lane, topic_id: str, log_start: int) -> PartitionFold:
        """The fold of a partition as it stands in MongoDB."""
        with busy_when_away():
            head = self._head(lane, topic_id, log_start)
            fold = PartitionFold(
                lane, max(head["start"], head["last"] + 1), kept_from(self.db)
            )
            if head["received"] is not None:
                fold.received = to_ms(head["received"])
            newest = self._newest_block(lane)
            if newest is not None:
                fold.remember(self._recent_blocks(lane, newest))
                if newest["last"] + 1 >= fold.next:
                    self._begun.add(newest["_id"])
                    fold.resume(newest, self._entries_of(newest))
            return fold

    def _head(self, lane: Lane, topic_id: str, log_start: int) -> Document:
        heads, key = self.db["heads"], head_id(topic_id, lane.partition)
        begun = {
            "topic": lane.topic,
            "topic_id": topic_id,
            "partition": lane.partition,
            "incarnation": lane.incarnation,
            "generation": 0,
            "start": log_start,
            "last": log_start - 1,
            "received": None,
        }
        with suppress(DuplicateKeyError):  # two workers at once: one head is there
            heads.update_one({"_id": key}, {"$setOnInsert": begun}, upsert=True)
        head = heads.find_one({"_id": key})
        if head is None:
            raise Busy("the head was written but cannot be read yet")
        return head

    def _newest_block(self, lane: Lane) -> Document | None:
        lowest = position(lane.incarnation, lane.partition, 0)
        highest = position(lane.incarnation, lane.partition, MAX_OFFSET)
        return self.db["blocks"].find_one(
            {"_id": {"$gte": lowest, "$lte": highest}}, sort=[("_id", DESCENDING)]
        )

    def _recent_blocks(self, lane: Lane, newest: Document) -> list[Document]:
        horizon = newest["max_received"] - timedelta(milliseconds=KEY_HOLDS_MS)
        query = {
            "topic": lane.topic,
            "partition": lane.partition,
            "max_received": {"$gte": horizon},
            "done": True,
        }
        fields = {"requests": 1, "first": 1, "max_received": 1}
        order = [("max_received", ASCENDING), ("_id", ASCENDING)]
        return list(self.db["blocks"].find(query, fields).sort(order))

    def _entries_of(self, block: Document) -> list[Document]:
        if block["done"]:
            return []
        incarnation, partition, _ = parse_position(block["_id"])
        query = {
            "_id": {
                "$gte": block["_id"],
                "$lte": position(incarnation, partition, block["last"]),
            }
        }
        return list(self.db[PREFIX + block["day"]].find(query).sort("_id", ASCENDING))


def head_fields(writes: Writes) -> Document:
    """What a partition's head says after these writes."""
    return {
        "last": writes.next_offset - 1,
        "epoch": writes.epoch,
        "checksum": writes.checksum,
        "received": to_datetime(writes.received) if writes.received >= 0 else None,
    }


def _goes_forward(block: Document) -> Document:
    return {"_id": block["_id"], "done": False, "last": {"$lte": block["last"]}}


def head_id(topic_id: str, partition: int) -> str:
    return f"{topic_id}/{partition}"


def insert(
    db: Database[Document], collection: str, documents: list[Document], **options: Any
) -> list[dict[str, Any]]:
    """One unordered insert, half the cost of `insert_many`; answers the write errors.

    A `writeConcernError` does not raise in the driver's `command`: it is Busy here.
    """
    reply = db.command(
        "insert",
        collection,
        documents=documents,
        ordered=False,
        writeConcern=MAJORITY.document,
        **options,
    )
    if "writeConcernError" in reply:
        raise Busy(str(reply["writeConcernError"]))
    errors: list[dict[str, Any]] = reply.get("writeErrors", [])
    return errors


def _parts(documents: list[Document], sizes: list[int]) -> Iterator[list[Document]]:
    """Runs of documents that one insert command takes."""
    if len(documents) <= MAX_INSERT_ENTRIES and sum(sizes) <= MAX_INSERT_BYTES:
        yield documents
        return
    start = total = 0
    for index, size in enumerate(sizes):
        total += size
        full = total > MAX_INSERT_BYTES or index - start >= MAX_INSERT_ENTRIES
        if full and index > start:
            yield documents[start:index]
            start, total = index, size
    yield documents[start:]
