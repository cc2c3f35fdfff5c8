"""What was written before and after one entry: its neighbours, whatever was searched.

The order is that of writing: by offset within a partition, between partitions by when
the broker took the entries. Equal timestamps therefore change nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from ingest.errors import QueryError
from ingest.fold.block import BLOCK_OFFSETS, LOG_LENGTH
from ingest.mongo import Document
from ingest.query.budget import Allowance, Budget
from ingest.query.entries import Expired, entry, next_of_block
from ingest.query.filter import LogFilter
from ingest.query.grammar import Query
from ingest.query.page import Item, Partial, item_of
from ingest.query.plan import Conditions, blocks_that_may_match
from ingest.query.scopes import Company, Scope, companies
from ingest.query.visible import UNKNOWN, Block, Pinned, pin, visible_blocks

Reached = Mapping[bytes, bytes]  # log -> the last position that was looked at
NOTHING: Final[Reached] = {}
ONE_SIDE: Final = Allowance(seconds=1.5, entries=500_000)


@dataclass(frozen=True)
class Side:
    """The neighbours on one side, oldest first."""

    items: list[Item]
    more: bool  # there are others beyond these, or may be
    examined: int
    partial: Partial | None = None
    reached: Reached = field(default_factory=dict)  # where it was cut, if it was


@dataclass(frozen=True)
class Context:
    """An entry among its neighbours."""

    entry: Item
    scope: Scope
    scopes: tuple[Scope, ...]  # those that the entry has
    before: Side
    after: Side


def context(
    db: Database[Document],
    entry_id: str,
    before: int = 10,
    after: int = 10,
    scope: Scope = Scope.INSTANCE,
    allowance: Allowance = ONE_SIDE,
) -> Context | None:
    """The entry with its neighbours; None if no visible entry has the id."""
    found = entry(db, entry_id)
    if found is None:
        return None
    known = companies(found)
    reader = Neighbours(db, company_of(found, scope), pin(db), allowance)
    return Context(
        found,
        scope,
        tuple(known),
        reader.before(found, before),
        reader.after(found, after),
    )


def company_of(found: Item, scope: Scope) -> Company:
    """Who belongs to an entry; QueryError if it has no such scope."""
    known = companies(found)
    if scope not in known:
        raise QueryError(
            "no_such_scope",
            f"This entry has no {scope} id.",
            f"Its scopes are {', '.join(known)}.",
        )
    return known[scope]


class Neighbours:
    """Entries of one company on either side of a place in the order of writing."""

    def __init__(
        self,
        db: Database[Document],
        company: Company,
        pinned: Pinned,
        allowance: Allowance = ONE_SIDE,
    ) -> None:
        self.db = db
        self.company = company
        self.pinned = pinned
        self.allowance = allowance
        self.may_match = blocks_that_may_match(
            LogFilter(services=company.services), Query(company.needed), None
        )

    def before(self, place: Item, count: int, reached: Reached = NOTHING) -> Side:
        """The nearest ones that were written earlier; beyond what was reached."""
        side = self._side(place, count, reached, forward=False)
        return replace(side, items=side.items[::-1])

    def after(self, place: Item, count: int, reached: Reached = NOTHING) -> Side:
        """The nearest ones that were written later; beyond what was reached."""
        return self._side(place, count, reached, forward=True)

    def _side(self, place: Item, count: int, reached: Reached, forward: bool) -> Side:
        walk = _Walk(self, place, reached, Budget(self.allowance), forward)
        found: list[Item] = []
        try:
            for document in walk.merged() if count else ():
                if len(found) == count:
                    return Side(found, True, walk.budget.examined, walk.partial)
                found.append(item_of(document))
                walk.reach(document["_id"])
        except _Spent as spent:
            return walk.stopped(found, str(spent))
        except ExecutionTimeout:
            return walk.stopped(found, "time")
        return Side(found, False, walk.budget.examined, walk.partial)


class _Spent(Exception):
    """The allowance is used up; its text is the reason."""


class _Walk:
    """One direction, away from a place."""

    def __init__(
        self,
        of: Neighbours,
        place: Item,
        reached: Reached,
        budget: Budget,
        forward: bool,
    ) -> None:
        self.of = of
        self.place = bytes.fromhex(place.id)
        self.received = place.received
        self.reached = {self.place[:LOG_LENGTH]: self.place} | dict(reached)
        self.budget = budget
        self.forward = forward
        self.partial: Partial | None = None

    def reach(self, position: bytes) -> None:
        self.reached[position[:LOG_LENGTH]] = position

    def stopped(self, found: list[Item], why: str) -> Side:
        """It goes on behind what was reached, for all logs that were begun."""
        return Side(found, True, self.budget.examined, Partial(why), self.reached)

    def merged(self) -> Iterator[Document]:
        """All logs, nearest first; each keeps its own order, whatever its clock."""
        streams = [self._of_log(log) for log in self._logs()]
        return heapq.merge(*streams, key=_written, reverse=not self.forward)

    def _logs(self) -> list[bytes]:
        wanted = self.of.company.partition
        return [
            log
            for log in self.of.pinned.offsets
            if wanted is None or int.from_bytes(log[4:], "big") == wanted
        ]

    def _of_log(self, log: bytes) -> Iterator[Document]:
        beyond = self._entries_beyond(log)
        for number, block in enumerate(self._blocks(log)):
            # One block of each log is always read: who reads on comes on.
            if number and (reason := self.budget.spent()):
                raise _Spent(reason)
            self.budget.examined += block.offsets
            try:
                yield from self._of_block(block, beyond)
            except Expired:
                self.partial = Partial("expired")
            self.reach(block.last if self.forward else block.first)

    def _of_block(self, block: Block, beyond: Conditions) -> Iterator[Document]:
        company = self.of.company
        asked = [beyond, company.conditions]
        for document in next_of_block(self.of.db, block, asked, self.forward):
            if company.holds(document):
                yield document

    def _blocks(self, log: bytes) -> Iterator[Block]:
        asked: list[Conditions] = [self._blocks_beyond(log)]
        if self.of.may_match:
            asked.append({"$or": [UNKNOWN, {"$and": self.of.may_match}]})
        return visible_blocks(
            self.of.db["blocks"],
            {"$and": asked},
            self.of.pinned,
            sort=[("_id", 1 if self.forward else -1)],
            batch_size=8,
        )

    def _blocks_beyond(self, log: bytes) -> Conditions:
        """Blocks of a log with an entry that may lie beyond the place."""
        first, last = log + bytes(8), log + b"\xff" * 8
        reached = self.reached.get(log)
        if reached is None:
            # Not of a block that says nothing about it: it may.
            near: Conditions = (
                {"max_received": {"$not": {"$lt": self.received}}}
                if self.forward
                else {"min_received": {"$not": {"$gt": self.received}}}
            )
            return {"_id": {"$gte": first, "$lte": last}, **near}
        if not self.forward:
            return {"_id": {"$gte": first, "$lt": reached}}
        offset = int.from_bytes(reached[LOG_LENGTH:], "big")
        reach = log + max(0, offset - BLOCK_OFFSETS + 1).to_bytes(8, "big")
        return {"_id": {"$gte": reach, "$lte": last}, "last": {"$gt": offset}}

    def _entries_beyond(self, log: bytes) -> Conditions:
        if reached := self.reached.get(log):
            return {"_id": {"$gt" if self.forward else "$lt": reached}}
        # Of equal times the lower log comes first.
        same = (log > self.place[:LOG_LENGTH]) == self.forward
        operator = ("$gt" if self.forward else "$lt") + ("e" if same else "")
        return {"received": {operator: self.received}}


def _written(document: Document) -> tuple[datetime, bytes]:
    return document["received"], document["_id"][:LOG_LENGTH]
