"""Where each partition stands: its head, and its newest block."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from ingest.days import PREFIX, kept_from
from ingest.errors import Busy
from ingest.fold.block import (
    MAX_OFFSET,
    bare_document,
    incarnation,
    parse_position,
    position,
    to_ms,
)
from ingest.fold.divergence import Witness
from ingest.fold.duplicates import KEY_HOLDS_MS
from ingest.fold.state import Lane, PartitionFold
from ingest.mongo import Document, busy_when_away


@dataclass(frozen=True)
class Place:
    """What MongoDB says of one partition in the present life of its topic."""

    lane: Lane
    head: Document
    newest: Document | None  # its newest block in this generation

    @property
    def next(self) -> int:
        """The first offset that was not folded yet."""
        last: int = self.newest["last"] if self.newest else -1
        head: int = max(self.head["start"], self.head["last"] + 1)
        return max(head, last + 1)

    def bare_block(self, last: int, now: datetime) -> Document:
        """A finished block behind all others, its offsets up to `last` lost."""
        lane, newest = self.lane, self.newest
        received = newest["max_received"] if newest else None
        return bare_document(
            position(lane.incarnation, lane.partition, self.next),
            lane.topic,
            last,
            to_ms(received or self.head["received"] or now),
            to_ms(now),
        )

    @property
    def end_of_generation(self) -> Document | None:
        """Why and where the generation ended, if its blocks say so already."""
        sealed = self.newest.get("sealed") if self.newest else None
        return sealed if sealed and "generation" in sealed else None


@dataclass(frozen=True)
class Stretch:
    """A block, as far as it belongs to a log: its offsets below `end`."""

    block: Document
    end: int

    @property
    def first(self) -> int:
        first: int = self.block["first"]
        return first


class Heads:
    """Reads heads, blocks and what they hold; begins the heads of new partitions."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db

    def place(
        self, topic: str, topic_id: str, partition: int, log_start: int, now: datetime
    ) -> Place:
        """Where a partition stands; a new one begins at the start of its log."""
        with busy_when_away():
            head = self._find_or_begin(topic, topic_id, partition, log_start, now)
            lane = lane_of(head)
            return Place(lane, head, newest_block(self._db, lane))

    def fold(self, place: Place) -> PartitionFold:
        """The fold that goes on from there."""
        head, newest = place.head, place.newest
        with busy_when_away():
            begun = to_ms(head["begun"])
            fold = PartitionFold(place.lane, place.next, kept_from(self._db), begun)
            if head["received"] is not None:
                fold.received = to_ms(head["received"])
            latest = newest["max_received"] if newest else head["received"]
            if latest is not None:
                fold.remember(self._recent_blocks(place.lane, latest))
            if newest is not None and newest["last"] + 1 >= fold.next:
                fold.resume(newest, self._unfinished_entries(newest))
            return fold

    def blocks_before(self, head: Document, end: int) -> Iterator[Stretch]:
        """What was stored of the log below an offset, newest first.

        Of this generation from where it began, below that of the one before it, and so
        on: the log goes through all of them.
        """
        fields = {"first": 1, "last": 1, "day": 1, "holes": 1}
        starts = [0, *(switch["offset"] for switch in head["switches"])]
        number, blocks = head["partition"], self._db["blocks"]
        for generation, start in reversed(list(enumerate(starts))):
            life = incarnation(head["topic_id"], generation)
            reach = {**positions(life, number), "$lt": position(life, number, end)}
            with busy_when_away():
                found = blocks.find({"_id": reach}, fields).sort("_id", DESCENDING)
                yield from (Stretch(block, end) for block in found)
            end = min(end, start)

    def newest_witness(self, head: Document, newest: Document | None) -> Witness | None:
        """The newest message of which something was noted."""
        noted = self.witnesses(newest, limit=1) if newest else []
        if record := head.get("record"):
            received = to_ms(record["received"])
            checksum = record["checksum"]
            noted.append(Witness(record["offset"], received, checksum=checksum))
        return max(noted, key=lambda witness: witness.offset, default=None)

    def witnesses(self, block: Document, limit: int = 0) -> list[Witness]:
        """What was noted of the messages of a block that can be known again.

        With a limit only of the newest entries and dead letters.
        """
        fields = {"received": 1, "message": 1}
        with busy_when_away():
            entries = self._db[PREFIX + block["day"]].find(shown_by(block), fields)
            noted = [
                Witness(_offset(e), to_ms(e["received"]), text=e["message"])
                for e in entries.sort("_id", DESCENDING).limit(limit)
            ]
            letters = self._db["dead_letters"].find(_range(block))
            letters = letters.sort("_id", DESCENDING).limit(limit)
            return noted + [_witness_of_letter(letter) for letter in letters]

    def _find_or_begin(
        self, topic: str, topic_id: str, partition: int, log_start: int, now: datetime
    ) -> Document:
        heads, key = self._db["heads"], head_id(topic_id, partition)
        replaces = {
            "topic": topic,
            "partition": partition,
            "topic_id": {"$ne": topic_id},
        }
        # What a topic that was made anew lost before it was first read counts as lost.
        start = 0 if heads.find_one({**replaces, "replaced": True}) else log_start
        begun = {
            "topic": topic,
            "topic_id": topic_id,
            "partition": partition,
            "incarnation": incarnation(topic_id, 0),
            "generation": 0,
            "switches": [],
            "begun": now,
            "start": start,
            "last": start - 1,
            "received": None,
        }
        with suppress(DuplicateKeyError):  # two workers at once: one head is there
            heads.update_one({"_id": key}, {"$setOnInsert": begun}, upsert=True)
        head = heads.find_one({"_id": key})
        if head is None:
            raise Busy("the head was written but cannot be read yet")
        return {**begun, **head}  # an earlier release noted less

    def _recent_blocks(self, lane: Lane, latest: datetime) -> list[Document]:
        # Of all generations, and of earlier lives of the topic.
        horizon = latest - timedelta(milliseconds=KEY_HOLDS_MS)
        query = {
            "topic": lane.topic,
            "partition": lane.partition,
            "max_received": {"$gte": horizon},
            "done": True,
        }
        fields = {"requests": 1, "first": 1, "max_received": 1}
        order = [("max_received", ASCENDING), ("_id", ASCENDING)]
        return list(self._db["blocks"].find(query, fields).sort(order))

    def _unfinished_entries(self, block: Document) -> list[Document]:
        if block["done"]:
            return []
        day = self._db[PREFIX + block["day"]]
        return list(day.find(shown_by(block)).sort("_id", ASCENDING))


def newest_block(db: Database[Document], lane: Lane) -> Document | None:
    """The newest block of one generation of a partition."""
    of_lane = {"_id": positions(lane.incarnation, lane.partition)}
    return db["blocks"].find_one(of_lane, sort=[("_id", DESCENDING)])


def shown_by(block: Document) -> Document:
    """What finds the entries that a block shows, in its day's collection."""
    incarnation, partition, _ = parse_position(block["_id"])
    holes = [
        {"_id": {"$gte": position(incarnation, partition, first), "$lte": last_id}}
        for _, first, last in block["holes"]
        for last_id in [position(incarnation, partition, last)]
    ]
    return {**_range(block), "$nor": holes} if holes else _range(block)


def head_id(topic_id: str, partition: int) -> str:
    return f"{topic_id}/{partition}"


def lane_of(head: Document) -> Lane:
    """The lane of a head's present generation."""
    names = head["topic"], head["partition"], head["incarnation"], head["topic_id"]
    return Lane(*names)


def positions(incarnation: int, partition: int, first: int = 0) -> Document:
    """What finds ids of one generation of a partition, from an offset on."""
    lowest = position(incarnation, partition, first)
    return {"$gte": lowest, "$lte": position(incarnation, partition, MAX_OFFSET)}


def _range(block: Document) -> Document:
    incarnation, partition, _ = parse_position(block["_id"])
    last = position(incarnation, partition, max(0, block["last"]))
    return {"_id": {"$gte": block["_id"], "$lte": last}}


def _offset(document: Document) -> int:
    return parse_position(document["_id"])[2]


def _witness_of_letter(letter: Document) -> Witness:
    checksum = zlib.crc32(letter["value"])
    return Witness(letter["offset"], to_ms(letter["received"]), checksum=checksum)
