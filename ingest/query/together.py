"""Makes one stretch of neighbouring blocks, which one command then asks about. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from ingest.fold.block import LOG_LENGTH
from ingest.query.visible import Block
from ingest.query.walk import Stretch

MOST: Final = 8 * 1_024  # offsets in one: a search can be stopped in between
FURTHEST: Final = 48  # stretches that are looked at together


def together(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """The same entries in fewer stretches, newest first.

    Most searches need the first stretches only: those stay as they are, and never more
    are looked at together than half of those before.
    """
    unread = iter(stretches)
    done = 0
    while some := list(_until_told(unread, max(1, min(done // 2, FURTHEST)))):
        done += len(some)
        yield from _joined(some)


def _until_told(stretches: Iterator[Stretch], most: int) -> Iterator[Stretch]:
    """So many; not beyond one without a block, which says how far a search is."""
    for stretch in islice(stretches, most):
        yield stretch
        if stretch.block is None:
            return


def _joined(stretches: list[Stretch]) -> Iterator[Stretch]:
    """Stretches of one piece of a log as one; the others as they are."""
    alone = [one for one in stretches if not _is_whole(one)]
    made: list[Stretch] = []
    for stretch in sorted(filter(_is_whole, stretches), key=_place):
        if made and (both := _both(made[-1], stretch)):
            made[-1] = both
        else:
            made.append(stretch)
    return iter(sorted(chain(made, alone), key=lambda one: one.newest, reverse=True))


def _is_whole(stretch: Stretch) -> bool:
    """Whether it has all entries of its block: their times need no comparison."""
    return stretch.block is not None and stretch.times() == {}


def _place(stretch: Stretch) -> bytes:
    assert stretch.block
    return stretch.block.first


def _both(lower: Stretch, upper: Stretch) -> Stretch | None:
    one, other = lower.block, upper.block
    assert one
    assert other
    if not _are_neighbours(one, other):
        return None
    newest = max(lower.newest, upper.newest)
    oldest = min(lower.oldest, upper.oldest)
    block = replace(
        one,
        last=other.last,
        holes=one.holes + other.holes,
        spans=[(oldest, newest)],
        offsets=one.offsets + other.offsets,
        ascii=one.ascii and other.ascii,
    )
    return Stretch(newest, oldest, block)


def _are_neighbours(one: Block, other: Block) -> bool:
    return (
        one.day == other.day
        and one.ascii == other.ascii
        and one.offsets + other.offsets <= MOST
        and one.first[:LOG_LENGTH] == other.first[:LOG_LENGTH]
        and int.from_bytes(one.last[LOG_LENGTH:], "big") + 1
        == int.from_bytes(other.first[LOG_LENGTH:], "big")
    )
