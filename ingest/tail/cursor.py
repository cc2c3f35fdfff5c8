"""The cursor of a tail: for every partition the first offset that was not seen. Pure.

    5d1c09ae.0-1204.1-1187.2-77627

is incarnation 5d1c09ae of the topic, partition 0 from offset 1204 on, and so forth.
More than one incarnation are joined by `_`. Whoever has a cursor may read it: it says
nothing that the tail would not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ingest.errors import QueryError
from ingest.fold.block import MAX_OFFSET
from ingest.kafka.span import Span

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


def encode(incarnation: int, offsets: Mapping[int, int]) -> str:
    places = "".join(f".{number}-{at}" for number, at in sorted(offsets.items()))
    return f"{incarnation:08x}{places}"


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


def _unreadable() -> QueryError:
    return QueryError(
        "bad_cursor",
        "This cursor cannot be read.",
        "Use the `cursor` of a frame, whole and unchanged, or begin without one.",
    )


def after(pinned: Mapping[str, int]) -> str:
    """The cursor that goes on where a search ends: behind what it could see."""
    lives: dict[int, dict[int, int]] = {}
    for name, newest in pinned.items():
        incarnation, _, partition = name.partition(":")
        lives.setdefault(int(incarnation, 16), {})[int(partition)] = newest + 1
    return "_".join(encode(life, offsets) for life, offsets in sorted(lives.items()))


def begin(cursor: Cursor, incarnation: int, spans: Mapping[int, Span]) -> Begun:
    """Where to go on; partitions that the cursor does not know begin at their start."""
    offsets, gaps = {}, []
    strangers = {partition for life, partition in cursor if life != incarnation}
    for partition, span in spans.items():
        wanted = cursor.get((incarnation, partition))
        gap = _gap(partition, wanted, span, partition in strangers)
        offsets[partition] = (
            gap.end if gap else span.first if wanted is None else wanted
        )
        if gap:
            gaps.append(gap)
    return Begun(offsets, tuple(gaps))


def _gap(
    partition: int, wanted: int | None, span: Span, is_stranger: bool
) -> Gap | None:
    if wanted is None:
        if not is_stranger:
            return None
        return Gap(partition, span.first, span.first, "recreated")
    if wanted < span.first:
        return Gap(partition, wanted, span.first, "expired")
    if wanted > span.end:
        return Gap(partition, span.end, span.end, "truncated")
    return None
