"""The cursor of a tail: for every partition the first offset that was not seen. Pure.

    5d1c09ae.0-1204.1-1187.2-77627

is incarnation 5d1c09ae of the topic, partition 0 from offset 1204 on, and so forth.
More than one incarnation are joined by `_`: partitions may be in different ones.
Whoever has a cursor may read it: it says nothing that the tail would not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ingest.errors import QueryError
from ingest.fold.block import LOG_LENGTH, MAX_OFFSET, position
from ingest.kafka.span import Span
from ingest.query.between import Vector
from ingest.tail.lives import Lives

MAX_CURSOR_LENGTH: Final = 64 * 1024  # characters
_LIFE: Final = re.compile(r"([0-9a-f]{8})((?:\.\d{1,9}-\d{1,19})+)", re.ASCII)

Log = tuple[int, int]  # incarnation and partition
Cursor = Mapping[Log, int]


@dataclass(frozen=True)
class Gap:
    """Offsets of a partition that cannot be shown: `start` inclusive, `end` not."""

    partition: int
    start: int
    end: int
    reason: str  # expired: Kafka deleted them; truncated, recreated: others took over


@dataclass(frozen=True)
class Begun:
    """Where a tail begins, and what is missing before that."""

    offsets: dict[int, int]
    gaps: tuple[Gap, ...] = ()


def encode(lives: Lives, offsets: Mapping[int, int]) -> str:
    """The cursor that goes on at these offsets."""
    return _written({(lives.of(n, at), n): at for n, at in offsets.items()})


def _written(cursor: Cursor) -> str:
    places: dict[int, str] = {}
    for (life, partition), at in sorted(cursor.items()):
        places[life] = f"{places.get(life, '')}.{partition}-{at}"
    return "_".join(f"{life:08x}{text}" for life, text in places.items())


def decode(text: str) -> Cursor:
    """What `encode` made; QueryError if it is something else."""
    if len(text) > MAX_CURSOR_LENGTH:
        raise _unreadable()
    return {log: at for life in text.split("_") for log, at in _places(life)}


def _places(life: str) -> Iterator[tuple[Log, int]]:
    read = _LIFE.fullmatch(life)
    if read is None:
        raise _unreadable()
    incarnation = int(read[1], 16)
    for place in read[2][1:].split("."):
        partition, _, at = place.partition("-")
        if int(at) > MAX_OFFSET:
            raise _unreadable()
        yield (incarnation, int(partition)), int(at)


def vector(text: str) -> Vector:
    """A cursor as search takes it; none for no text."""
    cursor = decode(text) if text else {}
    return tuple(
        sorted((position(*log, 0)[:LOG_LENGTH], at) for log, at in cursor.items())
    )


def _unreadable() -> QueryError:
    return QueryError(
        "bad_cursor",
        "This cursor cannot be read.",
        "Use the `cursor` of a frame, whole and unchanged, or begin without one.",
    )


def after(pinned: Mapping[str, int]) -> str:
    """The cursor that goes on where a search ends: behind what it could see."""
    cursor: dict[Log, int] = {}
    for name, newest in pinned.items():
        life, _, partition = name.partition(":")
        cursor[int(life, 16), int(partition)] = newest + 1
    return _written(cursor)


def begin(cursor: Cursor, lives: Lives, spans: Mapping[int, Span]) -> Begun:
    """Where to go on; partitions that the cursor does not know begin at their start."""
    offsets, gaps = {}, []
    for partition, span in spans.items():
        start, gap = _start(cursor, lives, partition, span)
        offsets[partition] = start
        if gap:
            gaps.append(gap)
    return Begun(offsets, tuple(gaps))


def _start(
    cursor: Cursor, lives: Lives, partition: int, span: Span
) -> tuple[int, Gap | None]:
    for generation in range(lives.newest(partition), -1, -1):
        wanted = cursor.get((lives.incarnation(generation), partition))
        if wanted is not None:
            end = lives.end(partition, generation)
            gap = _gap(partition, wanted, span, span.end if end is None else end)
            return (gap.end if gap else wanted), gap
    if any(partition == known for _, known in cursor):
        return span.first, Gap(partition, span.first, span.first, "recreated")
    return span.first, None


def _gap(partition: int, wanted: int, span: Span, end: int) -> Gap | None:
    """`end`: of what belongs to the same generation as the wanted offset."""
    if wanted > end:
        return Gap(partition, end, max(end, span.first), "truncated")
    if wanted < span.first:
        return Gap(partition, wanted, span.first, "expired")
    return None
