"""The only writer of blocks and heads.

Every write can be repeated: a block only ever goes forward, and so does a head. All
are acknowledged by a majority before the next one starts.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from ingest.errors import Busy, Overtaken
from ingest.fold.block import to_datetime
from ingest.fold.state import Writes
from ingest.mongo import Document, busy_when_away


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
