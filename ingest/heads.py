"""Where each partition stands: its head, and its newest block."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from ingest.days import PREFIX, kept_from
from ingest.errors import Busy
from ingest.fold.block import parse_position, position, to_ms
from ingest.fold.duplicates import KEY_HOLDS_MS
from ingest.fold.state import Lane, PartitionFold
from ingest.mongo import Document, busy_when_away

MAX_OFFSET: Final = 2**63 - 1


class Heads:
    """Reads heads and newest blocks of one database."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def load(self, lane: Lane, topic_id: str, log_start: int) -> PartitionFold:
        """The fold of a partition as it stands in MongoDB."""
        with busy_when_away():
            head = self._head(lane, topic_id, log_start)
            fold = PartitionFold(
                lane, max(head["start"], head["last"] + 1), kept_from(self._db)
            )
            if head["received"] is not None:
                fold.received = to_ms(head["received"])
            newest = self._newest_block(lane)
            if newest is not None:
                fold.remember(self._recent_blocks(lane, newest))
                if newest["last"] + 1 >= fold.next:
                    fold.resume(newest, self._entries_of(newest))
            return fold

    def _head(self, lane: Lane, topic_id: str, log_start: int) -> Document:
        heads, key = self._db["heads"], head_id(topic_id, lane.partition)
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
        return self._db["blocks"].find_one(
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
        return list(self._db["blocks"].find(query, fields).sort(order))

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
        return list(self._db[PREFIX + block["day"]].find(query).sort("_id", ASCENDING))


def head_id(topic_id: str, partition: int) -> str:
    return f"{topic_id}/{partition}"
