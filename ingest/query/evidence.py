"""Reads what MongoDB says of places in the log: blocks, entries, letters, heads."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database

from ingest.days import PREFIX
from ingest.fold.block import (
    State,
    incarnation,
    parse_position,
    position,
    to_datetime,
    to_ms,
)
from ingest.fold.duplicates import KEY_HOLDS_MS, BlockRequests
from ingest.kafka.runs import Run, runs_of
from ingest.mongo import Document
from ingest.query.fates import Extent, Letter, Life, Standing, Told, Written
from ingest.query.visible import MAX_TIME_MS
from ingest.store import WRITTEN

FEW: Final = 8  # blocks

_BLOCK: Final = dict.fromkeys(
    ("first", "last", "day", "holes", "min_received", "max_received", "written"), 1
) | {"repeats": 1}
_LETTER: Final = dict.fromkeys(
    ("received", "code", "message", "stage", "state", "replay.places"), 1
)


@dataclass(frozen=True)
class Log:
    """The offsets of a partition between a generation's begin and its end."""

    incarnation: int
    partition: int

    def position(self, offset: int) -> bytes:
        return position(self.incarnation, self.partition, offset)

    def between(self, first: int, last: int) -> Document:
        return {"_id": {"$gte": self.position(first), "$lte": self.position(last)}}


def standing_of(head: Document) -> Standing:
    return Standing(head["start"], head["last"], head.get("replaced_last"))


def logs_of(head: Document) -> list[Log]:
    """The generations of a partition in one life of its topic, newest first."""
    generations = range(head.get("generation", 0), -1, -1)
    names = (incarnation(head["topic_id"], generation) for generation in generations)
    return [Log(name, head["partition"]) for name in names]


def read_life(db: Database[Document], log: Log, runs: Sequence[Run]) -> Life:
    """What is described and kept of the offsets of runs; they are in order."""
    extents: list[Extent] = []
    for block in _blocks_of(db, log, runs):
        first = max(block["first"], runs[0].first)
        last = min(block["last"], runs[-1].last)
        if any(run.first <= last and run.last >= first for run in runs):
            extents += _extents(db, log, block, first, last)
    return Life(log.incarnation, extents)


def _blocks_of(
    db: Database[Document], log: Log, runs: Sequence[Run]
) -> Iterator[Document]:
    first, last = runs[0].first, runs[-1].last
    blocks = db["blocks"]
    floor = blocks.find_one(
        log.between(0, first),
        {"_id": 1},
        sort=[("_id", DESCENDING)],
        max_time_ms=MAX_TIME_MS,
    )
    reach = log.between(first, last)
    if floor:
        reach["_id"]["$gte"] = floor["_id"]
    found = blocks.find(reach, _BLOCK, max_time_ms=MAX_TIME_MS)
    yield from found.sort("_id", ASCENDING)


def _extents(
    db: Database[Document], log: Log, block: Document, first: int, last: int
) -> list[Extent]:
    """The offsets of one block, in order; entries that are gone are left out."""
    holes = [hole for hole in block["holes"] if hole[1] <= last and hole[2] >= first]
    found: list[Extent] = []
    stored = block["last"] - block["first"] + 1 > sum(b - a + 1 for _, a, b in holes)
    if stored:
        found += _stored(db, log, block, first, last)
    for name, start, end in holes:
        reach = max(start, first), min(end, last)
        found += _hole(db, log, block, State(name), *reach)
    return sorted(found, key=lambda extent: extent.first)


def _stored(
    db: Database[Document], log: Log, block: Document, first: int, last: int
) -> list[Extent]:
    entries = db[PREFIX + block["day"]].find(
        log.between(first, last),
        {"received": 1},
        hint=[("_id", ASCENDING)],
        batch_size=2_000,
        max_time_ms=MAX_TIME_MS,
    )
    holes = {offset for _, a, b in block["holes"] for offset in range(a, b + 1)}
    places = [
        (log.partition, offset, to_ms(entry["received"]))
        for entry in entries
        for offset in (parse_position(entry["_id"])[2],)
        if offset not in holes
    ]
    written = _written(block)
    return [
        Extent(*(run.first, run.last, State.STORED, run.appended_ms), written=written)
        for run in runs_of(places)
    ]


def _hole(
    db: Database[Document],
    log: Log,
    block: Document,
    state: State,
    first: int,
    last: int,
) -> Iterable[Extent]:
    # A block of lost offsets has no time of theirs: nobody has seen them.
    around = to_ms(block["min_received"]), to_ms(block["max_received"])
    written = _written(block)
    if state is State.LOST:
        return [Extent(first, last, state, written=written)]
    if state is State.DEAD:
        return _dead(db, log, (first, last), around, written)
    whole = Extent(first, last, state, around=around, written=written)
    if state is not State.DUPLICATE or "repeats" not in block:
        return [whole]
    return _duplicates(block, whole)


def _dead(
    db: Database[Document],
    log: Log,
    reach: tuple[int, int],
    around: tuple[int, int],
    written: Written,
) -> Iterator[Extent]:
    asked = db["dead_letters"].find(log.between(*reach), _LETTER)
    letters = {parse_position(one["_id"])[2]: one for one in asked}
    for offset in range(reach[0], reach[1] + 1):
        letter = letters.get(offset)
        received = to_ms(letter["received"]) if letter else None
        yield Extent(
            *(offset, offset, State.DEAD, received, around, written),
            letter=_letter(letter) if letter else None,
        )


def _letter(letter: Document) -> Letter:
    return Letter(
        code=letter["code"],
        message=letter["message"],
        stage=letter["stage"],
        state=letter.get("state") or "open",
        replays=tuple(_places(letter.get("replay", {}).get("places", ()))),
    )


def _places(places: Iterable[Mapping[str, Any]]) -> Iterator[Run]:
    for place in places:
        received = place.get("received")
        at_ms = to_ms(received) if received else -1
        yield Run(place["partition"], place["offset"], 1, at_ms)


def _duplicates(block: Document, whole: Extent) -> Iterator[Extent]:
    """Each with the name of what it repeats."""
    named = {
        offset + step: (request, index + step)
        for request, runs in _requests(block["repeats"], block["first"])
        for index, count, offset in runs
        for step in range(count)
    }
    for offset in range(whole.first, whole.last + 1):
        yield replace(whole, first=offset, last=offset, named=named.get(offset))


def _requests(stored: Any, first: int) -> Iterable[tuple[bytes, list[list[int]]]]:
    return BlockRequests.unpacked(stored, first).runs.items()


def _written(block: Document) -> Written:
    """When the block was written up to which offset; None: not known any more."""
    times = [(last, at) for last, at in block.get("written", ())]
    if len(times) < WRITTEN:
        return times
    # The times before it are gone: the oldest is not that of all offsets up to it.
    return [(times[0][0], None), *times[1:]]


def originals(
    db: Database[Document], topic: str, partition: int, duplicates: Sequence[Told]
) -> dict[tuple[bytes, int], bytes]:
    """Where the entries are that these duplicates of a partition repeat."""
    wanted = {one.extent.named for one in duplicates if one.extent} - {None}
    around = [one.extent.around for one in duplicates if one.extent]
    times = [time for span in around if span for time in span]
    if not wanted or not times:
        return {}
    asked = {
        "topic": topic,
        "partition": partition,
        "max_received": {
            "$gte": to_datetime(min(times) - KEY_HOLDS_MS),
            "$lte": to_datetime(max(times)),
        },
        "requests": {"$elemMatch": {"$elemMatch": {"$in": _names(wanted)}}},
    }
    # Newest first, as most are sent again soon; a few at a time, as few are needed.
    blocks = db["blocks"].find(asked, {"requests": 1, "first": 1}, batch_size=FEW)
    found: dict[tuple[bytes, int], bytes] = {}
    for block in blocks.sort([("max_received", DESCENDING), ("_id", DESCENDING)]):
        found = _held(block, wanted) | found
        if len(found) == len(wanted):
            break
    return found


def _names(wanted: Iterable[tuple[bytes, int] | None]) -> list[bytes]:
    return sorted({named[0] for named in wanted if named})


def _held(block: Document, wanted: Container[Any]) -> dict[tuple[bytes, int], bytes]:
    life, partition, _ = parse_position(block["_id"])
    return {
        (request, index + step): position(life, partition, offset + step)
        for request, runs in _requests(block["requests"], block["first"])
        for index, count, offset in runs
        for step in range(count)
        if (request, index + step) in wanted
    }
