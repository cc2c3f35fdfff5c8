"""Remembers the word filters of finished blocks, so that few blocks are asked about.

MongoDB can test filters too, but has to fetch each block for it. What is remembered is
relied on only while it covers all that a search may see, and while one known block of
each log is still what it was: in a database that was made anew it is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from threading import Lock
from typing import Any, Final

from pymongo.collection import Collection

from ingest.fold.block import LOG_LENGTH
from ingest.mongo import Document
from ingest.query.known import (
    KNOWN_FIELDS,
    Known,
    may_match,
    offset_of,
    place_in,
    witness_of,
)
from ingest.query.needed import words_of
from ingest.query.tree import Has, Node, leaves
from ingest.query.visible import BLOCK_FIELDS, MAX_TIME_MS

LEARNED_AT_ONCE = 256  # blocks that one search reads for those after it
MAX_BYTES = 96 << 20  # of filters in a process; beyond them MongoDB tests them
MOST_CANDIDATES = 64  # of more the newest may be enough: they are read in order
MOST_OFFSETS = 65_536  # of more that are not learned yet MongoDB tests the filters
FEW_OFFSETS = 16_384  # so many new ones are left to MongoDB before they are learned
CHOICE_FIELDS: Final = {**BLOCK_FIELDS, **KNOWN_FIELDS}


@dataclass(frozen=True)
class Choice:
    """The only blocks that may match, if the witnesses are still what they were."""

    tree: Node
    ids: list[bytes]
    newer: list[Document]  # ranges of ids that were not learned yet
    witnesses: list[Document]

    @property
    def begins(self) -> list[bytes]:
        """Of each log the id where begins what was not learned yet."""
        return [reach["$gte"] for reach in self.newer]

    def conditions(self, others: list[Document]) -> Document:
        """What finds them, and the witnesses; the chosen have to fulfil the others."""
        newer: list[Document] = [{"_id": reach} for reach in self.newer]
        if others and newer:
            newer = [{"$and": [{"$or": newer}, *others]}]
        return {"$or": [*newer, *self.known(others)]}

    def known(self, others: list[Document]) -> list[Document]:
        """The same without what was not learned yet; one of these is enough."""
        seen = [one["_id"] for one in self.witnesses]
        if not others:
            return [{"_id": {"$in": [*self.ids, *seen]}}]
        chosen = {"_id": {"$in": self.ids}}
        return [{"$and": [chosen, *others]}, {"_id": {"$in": seen}}]

    def checked(self, found: Iterable[Document]) -> list[Document] | None:
        """The blocks that may match; None if the witnesses are others now."""
        by_id = {block["_id"]: block for block in found}
        for seen in self.witnesses:
            block = by_id.get(seen["_id"])
            if block is None or witness_of(block) != seen:
                return None
        asked = set(self.ids)
        return [
            one
            for name, one in by_id.items()
            if name in asked or may_match(one, self.tree)
        ]


class Kept:
    """The filters of one database. Threads may share it: each log's are replaced."""

    def __init__(self) -> None:
        self._logs: dict[bytes, Known] = {}
        self._learning = Lock()

    def forget(self) -> None:
        self._logs = {}

    def learn(self, blocks: Collection[Document], edges: Iterable[bytes]) -> None:
        """Read some filters next to those that are known."""
        with self._alone() as mine:
            left = LEARNED_AT_ONCE if mine else 0
            for edge in edges:
                if left > 0 and self._size() < MAX_BYTES:
                    left -= self._learn(blocks, edge, left)

    def learn_from(self, read: Iterable[Document]) -> None:
        """The same with blocks that were read anyway, in their order."""
        with self._alone() as mine:
            if not mine or self._size() >= MAX_BYTES:
                return
            for log, some in groupby(read, lambda block: block["_id"][:LOG_LENGTH]):
                if known := self._logs.get(log):
                    above = [one for one in some if offset_of(one["_id"]) >= known.end]
                    self._logs[log] = known.with_above(above)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether nobody else learns: who does not need it does not wait for it."""
        mine = self._learning.acquire(blocking=False)
        try:
            yield mine
        finally:
            if mine:
                self._learning.release()

    def _size(self) -> int:
        return sum(known.size for known in self._logs.values())

    def _learn(self, blocks: Collection[Document], edge: bytes, most: int) -> int:
        """How many were learned of the log that ends with this block."""
        log, first = edge[:LOG_LENGTH], offset_of(edge)
        known = before = self._logs.get(log) or Known(first, first)
        room = FEW_OFFSETS if known.witness else 0
        if known.end + room < first:
            above = {"$gte": place_in(log, known.end), "$lt": edge}
            known = known.with_above(_read(blocks, above, 1, most))
        elif not known.whole:
            below = {"$gte": place_in(log, 0), "$lt": place_in(log, known.begin)}
            known = known.with_below(_read(blocks, below, -1, most), most)
        self._logs[log] = known
        return known.count - before.count

    def choice(self, edges: Sequence[bytes], tree: Node) -> Choice | None:
        """Which blocks to ask about; None: that is not known, or there are many."""
        ids: list[bytes] = []
        newer: list[Document] = []
        witnesses: list[Document] = []
        for edge in edges:
            known = self._logs.get(edge[:LOG_LENGTH])
            if not (known and known.whole and known.is_witnessed(edge)):
                return None
            ids += known.that_may_match(tree)
            if len(ids) > MOST_CANDIDATES:
                return None
            end = min(known.end, offset_of(edge))
            if offset_of(edge) - end > MOST_OFFSETS:
                return None
            newer.append({"$gte": place_in(edge[:LOG_LENGTH], end), "$lte": edge})
            witnesses += [known.witness] if known.witness else []
        return Choice(tree, ids, newer, witnesses)


def asks_for_words(tree: Node) -> bool:
    return any(isinstance(leaf, Has) and words_of(leaf) for leaf in leaves(tree))


_kept: dict[Any, Kept] = {}


def kept(blocks: Collection[Document]) -> Kept:
    """What this process remembers of a database."""
    return _kept.setdefault((blocks.database.client, blocks.full_name), Kept())


def _read(
    blocks: Collection[Document], reach: Document, order: int, most: int
) -> list[Document]:
    how: Any = {"sort": [("_id", order)], "limit": most, "max_time_ms": MAX_TIME_MS}
    with blocks.find({"_id": reach}, KNOWN_FIELDS, **how) as found:
        return list(found)
