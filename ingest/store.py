"""The only writer of blocks and heads.

Every write can be repeated: a block only ever goes forward, and so does a head. All
are acknowledged by a majority before the next one starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from pymongo import InsertOne, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError
from pymongo.results import BulkWriteResult

from ingest.errors import Busy, Overtaken
from ingest.fold.block import to_datetime
from ingest.fold.state import Lane, Writes
from ingest.heads import head_id
from ingest.mongo import Document, busy_when_away

WRITTEN: Final = 64  # times of a block's writes that are kept: who asks, asks soon
Change = InsertOne[Document] | UpdateOne


class Store:
    """Writes blocks and heads into one database.

    A block's fields are set, never the document replaced: rollups keep notes in it.
    """

    def __init__(self, db: Database[Document]) -> None:
        self.db = db
        self._begun: set[bytes] = set()  # unfinished blocks that were inserted

    def resumed(self, block_id: bytes) -> None:
        """This block is stored already: from now on it is updated, never inserted."""
        self._begun.add(block_id)

    def write_blocks(self, blocks: list[Document]) -> None:
        """Make entries visible; the blocks of a partition come in their order."""
        with busy_when_away():
            if not self._write_at_once(blocks):
                for block in blocks:
                    self._write_block(block)
        for block in blocks:
            (self._begun.discard if block["done"] else self._begun.add)(block["_id"])

    def _write_at_once(self, blocks: list[Document]) -> bool:
        # Begun ones first, and alone: where one of them was sealed by somebody else,
        # no new one may follow it.
        begun = [block for block in blocks if block["_id"] in self._begun]
        new = [block for block in blocks if block["_id"] not in self._begun]
        now = datetime.now(UTC)
        updates = [UpdateOne(_goes_forward(one), _further(one, now)) for one in begun]
        inserts = [InsertOne(_first_written(one, now)) for one in new]
        try:
            if updates and self._bulk(updates).matched_count < len(begun):
                return False
            if inserts:
                self._bulk(inserts)
        except BulkWriteError as error:
            if error.details["writeConcernErrors"]:
                raise Busy(str(error.details["writeConcernErrors"])) from error
            return False  # one was there already: look at each
        return True

    def _bulk(self, changes: Sequence[Change]) -> BulkWriteResult:
        return self.db["blocks"].bulk_write(changes, ordered=True)

    def _write_block(self, block: Document) -> None:
        # Resumed, begun by another owner, or written before the answer was lost. Never
        # an upsert of a begun one: retention may have dropped it, and it stays dropped.
        blocks, now = self.db["blocks"], datetime.now(UTC)
        if block["_id"] not in self._begun:
            with suppress(DuplicateKeyError):
                blocks.insert_one(_first_written(block, now))
                return
        if blocks.update_one(_goes_forward(block), _further(block, now)).matched_count:
            return
        same = {"_id": block["_id"], "done": block["done"], "last": block["last"]}
        same["sealed"] = None  # nothing may follow a sealed one unseen
        if blocks.find_one(same, {"_id": 1}) is None:
            self._begun.discard(block["_id"])
            raise Overtaken(f"block {block['_id'].hex()} went on elsewhere")

    def write_heads(self, heads: list[tuple[Lane, Document]]) -> None:
        """Move heads forward, each in its generation; never back."""
        changes = [
            UpdateOne(
                {
                    "_id": head_id(lane.topic_id, lane.partition),
                    "incarnation": lane.incarnation,
                    "last": {"$lte": fields["last"]},
                },
                {"$set": fields},
            )
            for lane, fields in heads
        ]
        with busy_when_away():
            self.db["heads"].bulk_write(changes, ordered=False)

    def seal(self, block_id: bytes, last: int, why: Document) -> None:
        """End an unfinished block before its time; Overtaken if it went on."""
        with busy_when_away():
            found = {"_id": block_id, "done": False, "last": last}
            sealed = {"$set": {"done": True, "sealed": why}}
            if not self.db["blocks"].update_one(found, sealed).matched_count:
                raise Overtaken(f"block {block_id.hex()} went on elsewhere")
            self._begun.discard(block_id)

    def insert_finished(self, block: Document) -> None:
        """A block that is done from the start; Overtaken if there is another."""
        with busy_when_away():
            try:
                self.db["blocks"].insert_one(block)
            except DuplicateKeyError as error:
                raise Overtaken(f"block {block['_id'].hex()} is there") from error


def head_fields(writes: Writes) -> Document:
    """What a partition's head says after these writes."""
    fields: Document = {"last": writes.next_offset - 1}
    if writes.received >= 0:
        fields["received"] = to_datetime(writes.received)
    if writes.newest is not None:
        fields["record"] = {
            "offset": writes.newest.offset,
            "epoch": writes.newest.epoch,
            "received": to_datetime(writes.newest.received),
            "checksum": writes.newest.checksum,
        }
    return fields


def _goes_forward(block: Document) -> Document:
    return {"_id": block["_id"], "done": False, "last": {"$lte": block["last"]}}


def _first_written(block: Document, now: datetime) -> Document:
    return {**block, "written": [[block["last"], now]]}


def _further(block: Document, now: datetime) -> Document:
    """Beside the block, which is a function of the log: when it was visible so far."""
    told = {"$each": [[block["last"], now]], "$slice": -WRITTEN}
    return {"$set": block, "$push": {"written": told}}
