"""Describes blocks of another format version anew, from the entries that they show.

Until then a search reads all entries of such a block, as nothing in it can be trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from pymongo.database import Database

from ingest.days import PREFIX
from ingest.fold.block import BLOCK_VERSION, parse_position
from ingest.fold.refill import refilled
from ingest.heads import shown_by
from ingest.mongo import Document, busy_when_away

_OTHER = {"v": {"$ne": BLOCK_VERSION}, "done": True}
_KEPT = ("done", "day", "holes", "states", "bytes", "requests")


def outdated(db: Database[Document]) -> int:
    """How many finished blocks are of another version."""
    with busy_when_away():
        return db["blocks"].count_documents(_OTHER)


def rebuild(db: Database[Document]) -> Iterator[bytes]:
    """Rebuild them one by one; yields each block's id when it is done.

    May be stopped, and run again or twice at once. A block that retention drops
    meanwhile stays dropped, and one whose entries are not all there stays as it is.
    """
    with busy_when_away():
        ids = [block["_id"] for block in db["blocks"].find(_OTHER, {"_id": 1})]
    for block_id in ids:
        if _rebuild(db, block_id):
            yield block_id


def _rebuild(db: Database[Document], block_id: bytes) -> bool:
    incarnation, partition, _ = parse_position(block_id)
    with busy_when_away(), suppress(LookupError):
        stored = db["blocks"].find_one({"_id": block_id, **_OTHER})
        if stored is None:
            return False
        entries = db[PREFIX + stored["day"]].find(shown_by(stored)).sort("_id", 1)
        block = refilled(stored, list(entries))
        document = block.document(incarnation, partition, stored["topic"], done=True)
        fields = {name: document[name] for name in document if name not in _KEPT}
        found = {"_id": block_id, "v": stored["v"]}
        return db["blocks"].update_one(found, {"$set": fields}).matched_count > 0
    return False
