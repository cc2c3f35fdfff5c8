"""Word filters of the finished blocks of one log, in memory. Pure.

A finished block never changes, and no position is used twice. The blocks are known from
one offset to another without a gap: each begins where the one before it ends, so that
nothing can come between them later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_, or_
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.fold.block import BLOCK_VERSION, LOG_LENGTH
from ingest.fold.terms import positions
from ingest.query.needed import words_of
from ingest.query.plan import FILTER_SIZES
from ingest.query.tree import And, Has, Node, Or

# When a block was first written tells it from one of a database that was made anew.
WITNESS_FIELDS: Final = {
    "last": 1,
    "max_received": 1,
    "written": {"$first": "$written"},
}
KNOWN_FIELDS: Final = {**WITNESS_FIELDS, "done": 1, "v": 1, "terms": 1, "terms_bits": 1}

MOST_ROWS: Final = 512  # of a piece that still takes others

Stored = dict[str, Any]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Piece:
    """Filters of one size, a row for each block."""

    ids: tuple[bytes, ...]
    rows: NDArray[np.uint8]

    def may_match(self, node: Node) -> Mask:
        """Which blocks may hold an entry that fulfils the node."""
        match node:
            case And(nodes) if nodes:
                return reduce(and_, map(self.may_match, nodes))
            case Or(nodes):
                return reduce(or_, map(self.may_match, nodes))
            case Has():
                return self._with(words_of(node))
        return np.ones(len(self.ids), dtype=np.bool_)

    def _with(self, words: Iterable[str]) -> Mask:
        size = 8 * self.rows.shape[1]
        bits = {bit for word in words for bit in positions(word.encode(), size)}
        found = np.ones(len(self.ids), dtype=np.bool_)
        for bit in bits:
            found &= self.rows[:, bit >> 3] & (1 << (bit & 7)) != 0
        return found


@dataclass(frozen=True)
class Known:
    """What is known of a log: all its blocks with offsets in [begin, end)."""

    begin: int
    end: int
    whole: bool = False  # nothing lies below
    pieces: tuple[Piece, ...] = ()
    witness: Stored = field(default_factory=dict)  # the newest of them, in short

    def with_above(self, blocks: Iterable[Stored]) -> Known:
        """The same with those of the next blocks that follow without a gap."""
        taken, end = [], self.end
        for block in blocks:
            if not is_settled(block) or offset_of(block["_id"]) != end:
                break
            taken.append(block)
            end = block["last"] + 1
        return self._with(taken, end=end)

    def with_below(self, blocks: Iterable[Stored], asked: int) -> Known:
        """The same for blocks in descending order; fewer than asked for: all are."""
        taken, begin, seen = [], self.begin, 0
        for block in blocks:
            seen += 1
            if is_settled(block) and block["last"] + 1 == begin:
                taken.append(block)
                begin = offset_of(block["_id"])
        return self._with(taken[::-1], begin=begin, whole=len(taken) == seen < asked)

    def _with(self, taken: Sequence[Stored], **changes: Any) -> Known:
        pieces = _with_pieces(self.pieces, _pieces(taken))
        witness = self.witness
        if taken and taken[-1]["_id"] > witness.get("_id", b""):
            witness = witness_of(taken[-1])
        return replace(self, pieces=pieces, witness=witness, **changes)

    def is_witnessed(self, edge: bytes) -> bool:
        """By a block that can be looked at again; or there is none below the edge."""
        return bool(self.witness) or self.begin == offset_of(edge)

    @property
    def count(self) -> int:
        return sum(len(piece.ids) for piece in self.pieces)

    @property
    def size(self) -> int:
        return sum(piece.rows.nbytes for piece in self.pieces)

    def that_may_match(self, node: Node) -> Iterator[bytes]:
        for piece in self.pieces:
            for row in np.flatnonzero(piece.may_match(node)):
                yield piece.ids[row]


def offset_of(position: bytes) -> int:
    return int.from_bytes(position[LOG_LENGTH:], "big")


def place_in(log: bytes, offset: int) -> bytes:
    return log + offset.to_bytes(8, "big")


def is_settled(block: Stored) -> bool:
    """Whether it is finished, and its filter can be read."""
    return bool(block["done"]) and _is_readable(block)


def _is_readable(block: Stored) -> bool:
    return block.get("v") == BLOCK_VERSION and block["terms_bits"] in FILTER_SIZES


def may_match(block: Stored, node: Node) -> bool:
    """The same question about one block as it is stored; finished or not."""
    if not _is_readable(block):
        return True
    row = np.frombuffer(block["terms"], np.uint8).reshape(1, -1)
    return bool(Piece((block["_id"],), row).may_match(node)[0])


def witness_of(block: Stored) -> Stored:
    """What tells a block from one at the same place in a database made anew."""
    return {"_id": block["_id"]} | {name: block.get(name) for name in WITNESS_FIELDS}


def _with_pieces(pieces: tuple[Piece, ...], more: Iterable[Piece]) -> tuple[Piece, ...]:
    """Small ones become part of others: each costs time to ask, however small."""
    made = list(pieces)
    for piece in more:
        for place, one in enumerate(made):
            if one.rows.shape[1] == piece.rows.shape[1] and len(one.ids) < MOST_ROWS:
                rows = np.concatenate((one.rows, piece.rows))
                made[place] = Piece(one.ids + piece.ids, rows)
                break
        else:
            made.append(piece)
    return tuple(made)


def _pieces(blocks: Iterable[Stored]) -> Iterator[Piece]:
    by_size: defaultdict[int, list[Stored]] = defaultdict(list)
    for block in blocks:
        by_size[len(block["terms"])].append(block)
    for size, some in by_size.items():
        rows = np.frombuffer(b"".join(block["terms"] for block in some), np.uint8)
        yield Piece(tuple(block["_id"] for block in some), rows.reshape(-1, size))
