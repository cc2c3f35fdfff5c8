"""What a search may see: each partition up to the offset pinned when it began.

Blocks are read while workers write. Everything up to the pinned offsets is settled:
all blocks but the newest of each partition are finished and do not change, and the
newest ones (the edges) are read by their ids, before any walk that could miss them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from pymongo.collection import Collection
from pymongo.database import Database

from ingest.fold.block import BLOCK_VERSION, LOG_LENGTH, parse_position, position
from ingest.mongo import Document
from ingest.query.plan import Conditions

# Blocks of another version.
UNKNOWN: Final[Conditions] = {"v": {"$ne": BLOCK_VERSION}}
MAX_TIME_MS: Final = 5_000  # of one command: never a page that hangs
# How many blocks the first command of a walk looks at: never so many that a search
# cannot be stopped in between.
FIRST_WINDOW = 1_024
MOST_PARTS: Final = 64  # of one command
# What a search needs of a block; the word filter stays where it is.
BLOCK_FIELDS: Final = {
    name: 1 for name in ("v", "last", "day", "holes", "spans", "ascii")
}
# Logs that were there when somebody last looked: asked about at once, and never relied
# on, as what lies between them is asked about too.
_known: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Pinned:
    """Per log (the first 8 bytes of a position): the newest offset that counts."""

    offsets: Mapping[bytes, int]
    edges: tuple[bytes, ...]  # ids of the blocks that hold these offsets
    # Down to this event time there are not too many blocks for one command; None: nor
    # are there in all.
    pause: datetime | None = None

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
    last: bytes  # position of the last visible offset
    day: str
    holes: list[tuple[bytes, bytes]]
    spans: list[tuple[datetime, datetime]] | None  # None: not known, any time
    offsets: int  # how many there are, stored or not
    ascii: bool  # all its text is
    whole: bool  # all of it is visible, in a version that can be read

    def position_filter(self) -> Conditions:
        """The visible entries of the block, in its day's collection."""
        conditions: Conditions = {"_id": {"$gte": self.id, "$lte": self.last}}
        if self.holes:
            conditions["$nor"] = [
                {"_id": {"$gte": first, "$lte": last}} for first, last in self.holes
            ]
        return conditions


def pin(db: Database[Document], in_time: Conditions | None = None) -> Pinned:
    """Take note of the newest visible offset of every log.

    `in_time` are the blocks that a walk will look at: where it may pause is noted too.
    """
    global _known
    logs = set(_known)
    while True:
        noted = _note(db, _reaches_of(sorted(logs)), in_time)
        if noted.offsets.keys() <= logs:
            break
        logs |= noted.offsets.keys()
    _known = tuple(noted.offsets)
    return noted


def pinned_at(
    db: Database[Document],
    offsets: Mapping[bytes, int],
    in_time: Conditions | None = None,
) -> Pinned:
    """The same again for offsets that were noted earlier."""
    reaches = [
        {"$gte": log + bytes(8), "$lte": log + max(offset, 0).to_bytes(8, "big")}
        for log, offset in offsets.items()
    ]
    return replace(_note(db, reaches, in_time), offsets=offsets)


def _reaches_of(logs: Sequence[bytes]) -> list[Conditions]:
    """Of known logs: from each to the next, and all below the first.

    The newest block of such a reach belongs to its log, or else to one that nobody
    knew.
    """
    starts = [log + bytes(8) for log in logs]
    bounds = pairwise([None, *starts, None])
    return [
        {op: at for op, at in (("$gte", low), ("$lt", high)) if at is not None}
        for low, high in bounds
    ]


def _note(
    db: Database[Document], reaches: Sequence[Conditions], in_time: Conditions | None
) -> Pinned:
    """The newest block of each reach, in as few commands as can be."""
    parts = [_newest_of(reach) for reach in reaches]
    if in_time:
        parts.append(_pause_of(in_time))
    offsets: dict[bytes, int] = {}
    edges: list[bytes] = []
    pause = None
    for start in range(0, len(parts), MOST_PARTS):
        for found in _together(db["blocks"], parts[start : start + MOST_PARTS]):
            if "last" in found:
                edges.append(found["_id"])
                offsets[found["_id"][:LOG_LENGTH]] = found["last"]
            else:
                pause = found["newest"]
    return Pinned(offsets, tuple(edges), pause)


def _together(
    blocks: Collection[Document], parts: Sequence[list[Conditions]]
) -> Iterable[Document]:
    """What many pipelines find, in any order."""
    first, *others = parts
    unions = [
        {"$unionWith": {"coll": blocks.name, "pipeline": part}} for part in others
    ]
    return blocks.aggregate([*first, *unions], maxTimeMS=MAX_TIME_MS)


def _newest_of(reach: Conditions) -> list[Conditions]:
    return [
        {"$match": {"_id": reach} if reach else {}},
        {"$sort": {"_id": -1}},
        {"$limit": 1},
        {"$project": {"last": 1}},
    ]


def _pause_of(in_time: Conditions) -> list[Conditions]:
    """`newest` of the block FIRST_WINDOW further down; an index answers it."""
    return [
        {"$match": in_time},
        {"$sort": {"newest": -1}},
        {"$skip": FIRST_WINDOW},
        {"$limit": 1},
        {"$project": {"_id": 0, "newest": 1}},
    ]


def visible_block(document: Document, pinned: Pinned) -> Block | None:
    """The block as far as it is visible; None if nothing of it is."""
    incarnation, partition, first = parse_position(document["_id"])
    newest = pinned.offsets.get(document["_id"][:LOG_LENGTH], -1)
    last = min(document["last"], newest)
    if last < first:
        return None
    known = document.get("v") == BLOCK_VERSION
    return Block(
        id=document["_id"],
        last=position(incarnation, partition, last),
        day=document["day"],
        holes=[
            (position(incarnation, partition, a), position(incarnation, partition, b))
            for _, a, b in document["holes"]
        ],
        spans=[(low, high) for low, high in document["spans"]] if known else None,
        offsets=last - first + 1,
        ascii=known and document["ascii"],
        whole=known and last == document["last"],
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
