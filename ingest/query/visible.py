"""What a search may see: each partition up to the offset pinned when it began.

Blocks are read while workers write. Everything up to the pinned offsets is settled:
all blocks but the newest of each partition are finished and do not change, and the
newest ones (the edges) are read by their ids, before any walk that could miss them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pymongo.collection import Collection
from pymongo.database import Database

from ingest.fold.block import BLOCK_VERSION, LOG_LENGTH, parse_position, position
from ingest.mongo import Document
from ingest.query.between import EVERYTHING, Between
from ingest.query.plan import Conditions

# Blocks of another version.
UNKNOWN: Final[Conditions] = {"v": {"$ne": BLOCK_VERSION}}
MAX_TIME_MS: Final = 5_000  # of one command: never a page that hangs
MOST_NEW = 512  # blocks since the last search that are looked through
# What a search needs of a block; the word filter stays where it is.
BLOCK_FIELDS: Final = {
    name: 1 for name in ("v", "last", "day", "holes", "spans", "ascii")
}


# Newest blocks when somebody last looked, by database: where to look again.
_edges: dict[Any, tuple[bytes, ...]] = {}


@dataclass(frozen=True)
class Pinned:
    """Per log (the first 8 bytes of a position): the newest offset that counts."""

    offsets: Mapping[bytes, int]
    edges: tuple[bytes, ...]  # ids of the blocks that hold these offsets
    floors: Mapping[bytes, int] = field(default_factory=dict)  # below: not asked for

    def named(self) -> dict[str, int]:
        """`incarnation:partition` -> offset, as the API shows it."""
        return {
            f"{log[:4].hex()}:{int.from_bytes(log[4:], 'big')}": offset
            for log, offset in self.offsets.items()
        }


@dataclass(frozen=True)
class Block:
    """The visible part of a block: where its entries are."""

    id: bytes
    first: bytes  # positions of the first and the last visible offset
    last: bytes
    day: str
    holes: list[tuple[bytes, bytes]]
    spans: list[tuple[datetime, datetime]] | None  # None: not known, any time
    offsets: int  # how many there are, stored or not
    ascii: bool  # all its text is
    whole: bool  # all of it is visible, in a version that can be read

    def position_filter(self) -> Conditions:
        """The visible entries of the block, in its day's collection."""
        conditions: Conditions = {"_id": {"$gte": self.first, "$lte": self.last}}
        if self.holes:
            conditions["$nor"] = [
                {"_id": {"$gte": first, "$lte": last}} for first, last in self.holes
            ]
        return conditions


def pin(db: Database[Document], between: Between = EVERYTHING) -> Pinned:
    """Take note of the newest visible offset of every log."""
    newest = _pin(db)
    if between == EVERYTHING:
        return newest
    return pinned_at(db, between.newest(newest.offsets), between)


def _pin(db: Database[Document]) -> Pinned:
    blocks = db["blocks"]
    pinned = _pin_again(blocks, edges_of_last_time(blocks)) or _pin_each(db)
    remember(blocks, pinned)
    return pinned


def edges_of_last_time(blocks: Collection[Document]) -> tuple[bytes, ...]:
    """Ids of the newest blocks when somebody last looked."""
    return _edges.get((blocks.database.client, blocks.full_name), ())


def remember(blocks: Collection[Document], pinned: Pinned) -> None:
    _edges[blocks.database.client, blocks.full_name] = pinned.edges


def _pin_again(blocks: Collection[Document], edges: Sequence[bytes]) -> Pinned | None:
    """The same in one command, by looking behind each edge of the last time.

    None if a log is gone, or if there is so much that is new.
    """
    if not edges:
        return None
    found = blocks.find(
        {"$or": list(reaches(edges))},
        {"last": 1},
        sort=[("_id", 1)],
        limit=MOST_NEW,
        max_time_ms=MAX_TIME_MS,
    )
    with found:
        return pinned_by(list(found), edges)


def reaches(begins: Sequence[bytes]) -> Iterator[Conditions]:
    """From each place on, in a log of its own, to the end of the log.

    What lies between these logs is looked at too.
    """
    lows = [None, *sorted(begins)]
    highs = [*(begin[:LOG_LENGTH] + bytes(8) for begin in lows if begin), None]
    for low, high in zip(lows, highs, strict=True):
        bounds = {"$gte": low, "$lt": high}
        yield {"_id": {op: at for op, at in bounds.items() if at is not None}}


def pinned_by(blocks: Sequence[Document], begins: Sequence[bytes]) -> Pinned | None:
    """By the blocks that these reaches hold, and maybe others, in their order.

    None if a log is gone, or if there are so many that not all may be here.
    """
    behind = {begin[:LOG_LENGTH]: begin for begin in begins}
    newest = {
        log: block
        for block in blocks
        if block["_id"] >= behind.get(log := block["_id"][:LOG_LENGTH], b"")
    }
    if len(blocks) >= MOST_NEW or not behind.keys() <= newest.keys():
        return None
    return Pinned(
        {log: block["last"] for log, block in newest.items()},
        tuple(block["_id"] for block in newest.values()),
    )


def _pin_each(db: Database[Document]) -> Pinned:
    offsets: dict[bytes, int] = {}
    edges: list[bytes] = []
    below: Conditions = {}
    while newest := _newest_block(db["blocks"], below):
        edges.append(newest["_id"])
        log = newest["_id"][:LOG_LENGTH]
        offsets[log] = newest["last"]
        below = {"_id": {"$lt": log + bytes(8)}}
    return Pinned(offsets, tuple(edges))


def pinned_at(
    db: Database[Document], offsets: Mapping[bytes, int], between: Between = EVERYTHING
) -> Pinned:
    """The same again for offsets that were noted earlier."""
    edges = []
    for log, offset in offsets.items():
        reach = {
            "$gte": log + bytes(8),
            "$lte": log + max(offset, 0).to_bytes(8, "big"),
        }
        if newest := _newest_block(db["blocks"], {"_id": reach}):
            edges.append(newest["_id"])
    return Pinned(offsets, tuple(edges), between.floors)


def visible_block(document: Document, pinned: Pinned) -> Block | None:
    """The block as far as it is visible; None if nothing of it is."""
    incarnation, partition, begin = parse_position(document["_id"])
    log = document["_id"][:LOG_LENGTH]
    first = max(begin, pinned.floors.get(log, 0))
    last = min(document["last"], pinned.offsets.get(log, -1))
    if last < first:
        return None
    known = document.get("v") == BLOCK_VERSION
    return Block(
        id=document["_id"],
        first=position(incarnation, partition, first),
        last=position(incarnation, partition, last),
        day=document["day"],
        holes=[
            (position(incarnation, partition, a), position(incarnation, partition, b))
            for _, a, b in document["holes"]
        ],
        spans=[(low, high) for low, high in document["spans"]] if known else None,
        offsets=last - first + 1,
        ascii=known and document["ascii"],
        whole=known and (first, last) == (begin, document["last"]),
    )


def visible_blocks(
    blocks: Collection[Document], conditions: Conditions, pinned: Pinned, **how: Any
) -> Iterator[Block]:
    """The blocks that fulfil conditions, as far as they are visible."""
    with blocks.find(
        conditions, BLOCK_FIELDS, max_time_ms=MAX_TIME_MS, **how
    ) as documents:
        for document in documents:
            if block := visible_block(document, pinned):
                yield block


def unknown_blocks(blocks: Collection[Document], pinned: Pinned) -> Iterator[Block]:
    """Blocks of another version: what they hold cannot be told from outside."""
    return visible_blocks(blocks, UNKNOWN, pinned)


def _newest_block(
    blocks: Collection[Document], conditions: Conditions
) -> Document | None:
    return blocks.find_one(
        conditions, {"last": 1}, sort=[("_id", -1)], max_time_ms=MAX_TIME_MS
    )
