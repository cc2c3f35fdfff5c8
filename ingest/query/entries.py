"""Reads the entries of blocks: a range of positions, narrowed by what MongoDB knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from bson.raw_bson import DEFAULT_RAW_BSON_OPTIONS
from pymongo.database import Database
from pymongo.errors import OperationFailure

from ingest.fold.block import parse_position
from ingest.mongo import Document
from ingest.query.page import ID_BYTES, Item, item_of
from ingest.query.plan import Conditions
from ingest.query.raw import split_cursor
from ingest.query.visible import MAX_TIME_MS, Block, pinned_at, visible_blocks

NEWEST_FIRST: Final = [("timestamp", -1), ("_id", -1)]
WHOLE_BLOCK: Final = 2_000  # entries: one command brings all of a block
# Without it MongoDB may prefer an index by time, if there is one, over the range.
BY_POSITION: Final = [("_id", 1)]
_RAW: Final = DEFAULT_RAW_BSON_OPTIONS
# Retention drops whole collections: under an open cursor, or before it is opened.
_DROPPED_CODES: Final = frozenset({26, 43, 175})


class Expired(Exception):
    """The entries were dropped by retention while they were read."""


def newest_of_block(
    db: Database[Document], block: Block, conditions: list[Conditions], limit: int
) -> Iterator[Document]:
    """The newest entries of a block that fulfil conditions, newest first."""
    return _read(db, block, conditions, sort=NEWEST_FIRST, limit=limit)


def all_of_block(
    db: Database[Document], block: Block, conditions: list[Conditions]
) -> Iterator[Document]:
    """Entries of a block that fulfil conditions, in the order of positions."""
    return _read(db, block, conditions, batch_size=WHOLE_BLOCK)


def raw_of_block(
    db: Database[Document], block: Block, conditions: list[Conditions]
) -> Iterator[bytes]:
    """The same as BSON arrays of entries: one, if they are not very large.

    The driver would make an object of each document.
    """
    day = f"logs_{block.day}"
    asked: Document = {
        "find": day,
        "filter": {"$and": [block.position_filter(), *conditions]},
        "hint": dict(BY_POSITION),
        # One reply, if they are not very large: a cursor would stay open.
        "batchSize": block.offsets + 1,
        "maxTimeMS": MAX_TIME_MS,
        "readConcern": db.read_concern.document,
    }
    # Consistent as it is: all that is read was settled long before.
    with _until_dropped(), db.client.start_session(causal_consistency=False) as session:
        while asked:
            reply = db.command(asked, codec_options=_RAW, session=session)
            batch, cursor = split_cursor(bytes(reply["cursor"].raw))
            yield batch
            more = {"getMore": cursor["id"], "collection": day}
            asked = more if cursor["id"] else {}


def next_of_block(
    db: Database[Document], block: Block, conditions: list[Conditions], forward: bool
) -> Iterator[Document]:
    """Entries of a block one by one, in the order of positions or against it."""
    order = [("_id", 1 if forward else -1)]
    return _read(db, block, conditions, sort=order, batch_size=100)


def _read(
    db: Database[Document], block: Block, conditions: list[Conditions], **options: Any
) -> Iterator[Document]:
    found = db[f"logs_{block.day}"].find(
        {"$and": [block.position_filter(), *conditions]},
        hint=BY_POSITION,
        max_time_ms=MAX_TIME_MS,
        **options,
    )
    with _until_dropped(), found:
        yield from found


def counts_of_block(
    db: Database[Document], block: Block, conditions: Conditions
) -> Iterator[Document]:
    """Entries by minute, service and level: {"_id": {all three}, "n"}."""
    minute = {"$dateTrunc": {"date": "$timestamp", "unit": "minute"}}
    key = {"minute": minute, "service": "$service", "level": "$level"}
    stages: list[Conditions] = [
        {"$match": {"$and": [block.position_filter(), conditions]}},
        {"$group": {"_id": key, "n": {"$sum": 1}}},
    ]
    with _until_dropped():
        yield from db[f"logs_{block.day}"].aggregate(
            stages, hint={"_id": 1}, maxTimeMS=MAX_TIME_MS
        )


def entry(db: Database[Document], entry_id: str) -> Item | None:
    """The entry of an id as the API gives it; None if no visible entry has it."""
    wanted = _id_bytes(entry_id)
    if wanted is None:
        return None
    _, _, offset = parse_position(wanted)
    pinned = pinned_at(db, {wanted[:8]: offset})
    edges = {"_id": {"$in": list(pinned.edges)}}
    for block in visible_blocks(db["blocks"], edges, pinned):
        for document in all_of_block(db, block, [{"_id": wanted}]):
            return item_of(document)
    return None


def _id_bytes(entry_id: str) -> bytes | None:
    try:
        wanted = bytes.fromhex(entry_id)
    except ValueError:
        return None
    return (
        wanted if len(wanted) == ID_BYTES and wanted.hex() == entry_id.lower() else None
    )


@contextmanager
def _until_dropped() -> Iterator[None]:
    try:
        yield
    except OperationFailure as error:
        if error.code not in _DROPPED_CODES:
            raise
        raise Expired from error
