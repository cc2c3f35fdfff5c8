"""Counts without reading entries: from what each block has counted already.

Blocks count per minute. Entries are read only of blocks that the range cuts in the
middle of a minute, and of those that hold more than what is visible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, Literal

from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from ingest.fold.block import BLOCK_OFFSETS, to_ms
from ingest.mongo import Document
from ingest.query.entries import Expired, counts_of_block
from ingest.query.filter import LogFilter
from ingest.query.grammar import Query
from ingest.query.page import Matched
from ingest.query.plan import (
    Conditions,
    blocks_in_time,
    blocks_that_may_match,
    entries_that_may_match,
)
from ingest.query.visible import (
    BLOCK_FIELDS,
    MAX_TIME_MS,
    Block,
    Pinned,
    unknown_blocks,
    visible_block,
    visible_blocks,
)

MINUTE: Final = timedelta(minutes=1)
MAX_BLOCKS_READ: Final = 64  # beyond these a count is a little wrong, and says so
_NO_TEXT: Final = Query()
_ALL: Final = (0, "")  # the one bucket if all is counted together
Label = Literal["service", "level"]
_PLACE: Final[dict[Label, int]] = {"service": 1, "level": 2}  # in [minute, …, …, n]


@dataclass(frozen=True)
class Tally:
    """Entries per (bucket, label); a bucket is its start in steps since 1970."""

    counts: Counter[tuple[int, str]]
    exact: bool


def count(
    db: Database[Document], log_filter: LogFilter, pinned: Pinned, at_least: int = 0
) -> Matched:
    """How many visible entries a filter means, its text left aside.

    If that takes too long: the number that is known anyway.
    """
    try:
        found = tally(db, log_filter, pinned, None)
    except ExecutionTimeout:
        return Matched(at_least, exact=False)
    return Matched(found.counts.total(), found.exact)


def tally(
    db: Database[Document],
    log_filter: LogFilter,
    pinned: Pinned,
    step: timedelta | None,
    by: Label = "level",
) -> Tally:
    """Count by label and step of time, a number of whole minutes; None: just count."""
    return _Tallying(db, log_filter, pinned, step, by).run()


class _Tallying:
    def __init__(
        self,
        db: Database[Document],
        log_filter: LogFilter,
        pinned: Pinned,
        step: timedelta | None,
        by: Label,
    ) -> None:
        self.db = db
        self.filter = log_filter
        self.pinned = pinned
        self.by = by
        self.step_ms = step // timedelta(milliseconds=1) if step else None
        self.counts: Counter[tuple[int, str]] = Counter()
        self.exact = True

    def run(self) -> Tally:
        edges = list(self._edges())
        to_read = self._blocks_to_read([block for block, _ in edges])
        read = to_read[:MAX_BLOCKS_READ]
        self.exact = len(read) == len(to_read)
        for block in read:
            self._read(block)
        ids = {block.id for block in read}
        for block, counts in edges:
            if block.id not in ids:
                self._add(counts)
        self._add_settled([*self.pinned.edges, *ids])
        return Tally(self.counts, self.exact)

    def _blocks_to_read(self, edges: list[Block]) -> list[Block]:
        cut = {block.id: block for block in self._cut()}
        unknown = unknown_blocks(self.db["blocks"], self.pinned)
        return [
            *(block for block in edges if not block.whole or block.id in cut),
            *islice(unknown, MAX_BLOCKS_READ + 1),
            *(block for block in cut.values() if block.id not in self.pinned.edges),
        ]

    def _edges(self) -> Iterator[tuple[Block, list[Any]]]:
        """Blocks that may still grow: their counts as of when they were read."""
        asked = self._blocks({"_id": {"$in": list(self.pinned.edges)}})
        for document in self.db["blocks"].find(
            asked, {**BLOCK_FIELDS, "counts": 1}, max_time_ms=MAX_TIME_MS
        ):
            if block := visible_block(document, self.pinned):
                yield block, document["counts"]

    def _cut(self) -> Iterator[Block]:
        """Blocks with entries on both sides of a bound, within the same minute."""
        sides = [_touching(low, high) for low, high in _outer_sides(self.filter)]
        sides += [_begun_below(log, at) for log, at in self.filter.between.after]
        if sides:
            beside = {"$or": sides}
            yield from visible_blocks(
                self.db["blocks"],
                self._blocks(beside),
                self.pinned,
                limit=2 * MAX_BLOCKS_READ,
            )

    def _blocks(self, *conditions: Conditions) -> Conditions:
        in_time = blocks_in_time(self.filter, None)
        may_match = blocks_that_may_match(self.filter, _NO_TEXT, None)
        return {"$and": [in_time, *may_match, *conditions]}

    def _read(self, block: Block) -> None:
        conditions = entries_that_may_match(self.filter)
        try:
            for row in counts_of_block(self.db, block, conditions):
                minute, label = row["_id"]["minute"], row["_id"][self.by]
                self.counts[self._key(minute, label)] += row["n"]
        except Expired:
            self.exact = False

    def _add(self, counts: Iterable[Any]) -> None:
        asked = self.filter
        for minute, service, level, n in counts:
            if (
                (asked.start is None or minute >= _minute_of(asked.start))
                and (asked.end is None or minute < asked.end)
                and (not asked.services or service in asked.services)
                and (not asked.levels or level in asked.levels)
            ):
                label = level if self.by == "level" else service
                self.counts[self._key(minute, label)] += n

    def _key(self, minute: datetime, label: str) -> tuple[int, str]:
        return (to_ms(minute) // self.step_ms, label) if self.step_ms else _ALL

    def _add_settled(self, without: list[bytes]) -> None:
        """All the other blocks: MongoDB adds up what they have counted."""
        seen = [
            {
                "_id": {
                    "$gte": log + bytes(8),
                    "$lte": log + offset.to_bytes(8, "big"),
                },
                "last": {"$gte": self.pinned.floors.get(log, 0)},
            }
            for log, offset in self.pinned.offsets.items()
            if offset >= 0
        ]
        if not seen:
            return
        settled = self._blocks({"$or": seen}, {"_id": {"$nin": without}})
        stages = [{"$match": settled}, *self._summed()]
        for row in self.db["blocks"].aggregate(stages, maxTimeMS=MAX_TIME_MS):
            self.counts[(int(row["_id"]["bucket"]), row["_id"]["label"])] += row["n"]

    def _summed(self) -> list[Conditions]:
        """Stages that make {"_id": {"bucket", "label"}, "n"} of the blocks' counts."""
        if self.step_ms is None:
            # Without $unwind, which would take half of the time.
            wanted = {"$and": list(_wanted(self.filter, "$$this"))}
            each = {"$cond": [wanted, _part("$$this", 3), 0]}
            of_block = {
                "$sum": {"$map": {"input": "$counts", "as": "this", "in": each}}
            }
            key: Conditions = {"bucket": {"$literal": _ALL[0]}, "label": _ALL[1]}
            return [{"$group": {"_id": key, "n": {"$sum": of_block}}}]
        since_1970 = {"$toLong": _part("$counts", 0)}
        bucket = {"$floor": {"$divide": [since_1970, self.step_ms]}}
        key = {"bucket": bucket, "label": _part("$counts", _PLACE[self.by])}
        return [
            {"$unwind": "$counts"},
            {"$match": {"$expr": {"$and": list(_wanted(self.filter, "$counts"))}}},
            {"$group": {"_id": key, "n": {"$sum": _part("$counts", 3)}}},
        ]


def _part(count: str, index: int) -> Conditions:
    """A part of one of a block's counts: [minute, service, level, n]."""
    return {"$arrayElemAt": [count, index]}


def _wanted(log_filter: LogFilter, count: str) -> Iterator[Conditions]:
    """Whether one of a block's counts is of the filter, as expressions.

    Names are literals: in an expression a name with a `$` would be a field.
    """
    if log_filter.start:
        yield {"$gte": [_part(count, 0), _minute_of(log_filter.start)]}
    if log_filter.end:
        yield {"$lt": [_part(count, 0), log_filter.end]}
    for index, names in ((1, log_filter.services), (2, log_filter.levels)):
        if names:
            yield {"$in": [_part(count, index), {"$literal": list(names)}]}


def _minute_of(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0)


def _outer_sides(log_filter: LogFilter) -> Iterator[tuple[datetime, datetime]]:
    """Of the minutes that the bounds cut: the side outside, [low, high)."""
    start, end = log_filter.start, log_filter.end
    if start and start != _minute_of(start):
        yield _minute_of(start), start
    if end and end != _minute_of(end):
        yield end, _minute_of(end) + MINUTE


def _touching(low: datetime, high: datetime) -> Conditions:
    """Blocks with a span that reaches into [low, high)."""
    return {"spans": {"$elemMatch": {"0": {"$lt": high}, "1": {"$gte": low}}}}


def _begun_below(log: bytes, at: int) -> Conditions:
    """The block that holds the offset where a log begins to count, and its like."""
    lowest = max(0, at - BLOCK_OFFSETS + 1)
    reach = {
        "$gte": log + lowest.to_bytes(8, "big"),
        "$lt": log + at.to_bytes(8, "big"),
    }
    return {"_id": reach}


def _reaching(log: bytes, offset: int, floor: int) -> Conditions:
    """Blocks of a log up to an offset that do not end below the floor."""
    within = {"$gte": log + bytes(8), "$lte": log + offset.to_bytes(8, "big")}
    return {"_id": within, "last": {"$gte": floor}}
