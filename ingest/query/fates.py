"""What became of acknowledged entries, decided from what blocks and heads say. Pure.

An entry is known by its place and its append time: an offset may be given again, and
then another message lies there. What is *proven* has the same append time; *plausible*
is what has no time of its own, in a block of about that time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Final

from ingest.fold.block import State, day_of, position
from ingest.kafka.runs import Run

ANY_TIME: Final = -1  # of a run whose append time is not known
SKEW_MS: Final = 60_000  # brokers' clocks may differ by that
Written = Sequence[tuple[int, datetime | None]]  # up to which offset, and when


class Fate(StrEnum):
    """What became of an entry that was acknowledged."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    DEAD = "dead"
    LOST = "lost"
    EXPIRED = "expired"
    WAITING = "waiting"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """The reason for a fate that has several."""

    DELETED = "deleted"  # lost: by Kafka, before it was read
    TOPIC_REPLACED = "topic_replaced"  # lost: with its topic, before it was read
    OTHER_MESSAGE = "other_message"  # unknown: the offset was given again
    NO_MESSAGE = "no_message"  # unknown: there is none at this offset
    NOT_DESCRIBED = "not_described"  # unknown: no block holds it; see the ledger


_FATES: Final = {
    State.STORED: Fate.STORED,
    State.DUPLICATE: Fate.DUPLICATE,
    State.DEAD: Fate.DEAD,
    State.LOST: Fate.LOST,
    State.EXPIRED: Fate.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What is kept of a message that could not be stored."""

    code: str
    message: str
    stage: str
    state: str  # open, claimed, replayed, discarded
    replays: tuple[Run, ...] = ()  # where its entries were sent again


@dataclass(frozen=True, slots=True)
class Extent:
    """Consecutive offsets in one state, as a block has it. Times in milliseconds."""

    first: int
    last: int
    state: State
    received: int | None = None  # their append time; None: not known of each
    around: tuple[int, int] | None = None  # append times of the block; None: any
    written: Written = ()
    named: tuple[bytes, int] | None = None  # a duplicate's request and index in it
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """One life of a partition's offsets, as far as blocks describe it."""

    incarnation: int
    extents: Sequence[Extent]  # in order, none over another


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a run of which nothing is known yet."""

    run: Run
    contradicted: bool = False  # another message lies there in some life
    empty: bool = False  # no message does


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the fold of a partition was, before its blocks were read."""

    start: int  # it began there
    last: int  # up to here blocks were written once
    replaced_last: int | None = None  # the topic was made anew; this had been read


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a run of entries."""

    run: Run
    fate: Fate
    why: Why | None = None
    incarnation: int | None = None  # None: nothing is stored of it
    extent: Extent | None = None
    repeats: bytes | None = None  # a duplicate: the position of what it repeats
    replays: tuple[Told, ...] = ()  # a dead letter: what became of its entries since

    def id_of(self, offset: int) -> bytes | None:
        """The position under which an entry is stored or dead-lettered."""
        if self.incarnation is None:
            return None
        return position(self.incarnation, self.run.partition, offset)

    def visible_at(self, offset: int) -> datetime | None:
        """When its block was written; None if that is not known any more."""
        written = self.extent.written if self.extent else ()
        found = (at for last, at in written if last >= offset)
        return next(found, None)


def settle(
    pieces: Iterable[Piece], life: Life, proven: bool
) -> tuple[list[Told], list[Piece]]:
    """What this life tells, and what is left to ask another one."""
    told: list[Told] = []
    left: list[Piece] = []
    for piece in pieces:
        for run, extent in cut(piece.run, life.extents):
            if extent is None:
                left.append(replace(piece, run=run))
            elif extent.state in _FATES and _accepts(run, extent, proven):
                told.append(_told(run, extent, life))
            else:
                left.append(_doubted(piece, run, extent))
    return told, left


def cut(run: Run, extents: Sequence[Extent]) -> Iterator[tuple[Run, Extent | None]]:
    """The run in parts, each with what is said of it; None: nothing."""
    at = run.first
    start = bisect_left(extents, at, key=lambda extent: extent.last)
    for extent in islice(extents, start, None):
        if extent.first > run.last:
            break
        if extent.first > at:
            yield _part(run, at, extent.first - 1), None
            at = extent.first
        end = min(extent.last, run.last)
        yield _part(run, at, end), extent
        at = end + 1
    if at <= run.last:
        yield _part(run, at, run.last), None


def unsettled(
    piece: Piece, standing: Standing | None, kept_from: str, complete_ms: int | None
) -> Told:
    """What became of entries that no block tells of.

    `kept_from` is the first day that retention left; everything acknowledged before
    `complete_ms` can be found, if it ever will. Without a standing nobody has read the
    partition of that topic.
    """
    run = piece.run
    if run.appended_ms >= 0 and day_of(run.appended_ms) < kept_from:
        return Told(run, Fate.EXPIRED)
    if standing is None or standing.replaced_last is not None:
        return _of_no_topic(piece, standing, complete_ms)
    if run.last > standing.last:  # runs are cut where the standing is
        return Told(run, Fate.WAITING)
    if piece.contradicted:
        return Told(run, Fate.UNKNOWN, Why.OTHER_MESSAGE)
    if piece.empty:
        return Told(run, Fate.UNKNOWN, Why.NO_MESSAGE)
    if run.first < standing.start:
        return Told(run, Fate.LOST, Why.DELETED)
    if run.appended_ms < 0 and kept_from > "0":
        return Told(run, Fate.EXPIRED)  # blocks are deleted with their day only
    return Told(run, Fate.UNKNOWN, Why.NOT_DESCRIBED)


def at_borders(piece: Piece, standing: Standing | None) -> Iterator[Piece]:
    """The piece, cut where its parts may have different fates."""
    run = piece.run
    borders = []
    if standing is not None:
        borders = [standing.start, standing.last + 1]
        if standing.replaced_last is not None:
            borders.append(standing.replaced_last + 1)
    cuts = sorted({run.first, *(at for at in borders if run.first < at <= run.last)})
    for first, end in zip(cuts, [*cuts[1:], run.last + 1], strict=True):
        yield replace(piece, run=_part(run, first, end - 1))


def _of_no_topic(
    piece: Piece, standing: Standing | None, complete_ms: int | None
) -> Told:
    # The edge may name the topic before, as it asks for the id once a minute: the
    # entries may be in the present one, unless that has passed them.
    run, read = piece.run, standing.replaced_last if standing else None
    if read is not None and run.last <= read:
        why = Why.OTHER_MESSAGE if piece.contradicted else Why.NOT_DESCRIBED
        return Told(run, Fate.UNKNOWN, why)
    passed = complete_ms is not None and complete_ms > run.appended_ms + SKEW_MS
    if piece.contradicted or passed:
        return Told(run, Fate.LOST, Why.TOPIC_REPLACED)
    return Told(run, Fate.WAITING)


def _accepts(run: Run, extent: Extent, proven: bool) -> bool:
    if run.appended_ms == ANY_TIME:
        return True
    if extent.received is not None:
        return extent.received == run.appended_ms
    return not proven and _is_about(run, extent)


def _is_about(run: Run, extent: Extent) -> bool:
    if extent.around is None:
        return True
    low, high = extent.around
    return low - SKEW_MS <= run.appended_ms <= high


def _told(run: Run, extent: Extent, life: Life) -> Told:
    fate = _FATES[extent.state]
    why = Why.DELETED if fate is Fate.LOST else None
    kept = fate in (Fate.STORED, Fate.DEAD, Fate.DUPLICATE)
    return Told(run, fate, why, life.incarnation if kept else None, extent)


def _doubted(piece: Piece, run: Run, extent: Extent) -> Piece:
    if extent.state is State.VOID:
        return replace(piece, run=run, empty=True)
    differs = extent.received is not None or not _is_about(run, extent)
    return replace(piece, run=run, contradicted=piece.contradicted or differs)


def _part(run: Run, first: int, last: int) -> Run:
    return Run(run.partition, first, last - first + 1, run.appended_ms)
