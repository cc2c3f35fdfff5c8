"""What became of a receipt's entries, as pages and API show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from django.conf import settings
from pymongo.database import Database

from ingest.edge.receipts import BadReceipt, Receipt, decode
from ingest.errors import QueryError
from ingest.fold.block import to_datetime
from ingest.kafka.runs import Run
from ingest.mongo import Document
from ingest.query.fates import Fate, Letter, Told, Why
from ingest.query.tracing import Tracer, topic_name

COUNTED: Final = 100_000  # entries of a receipt that are followed at once


@dataclass(frozen=True)
class EntryFate:
    """One entry that was acknowledged; `number` counts those of its receipt, from 0."""

    number: int
    partition: int
    offset: int
    fate: Fate
    why: Why | None
    id: str | None
    appended: datetime | None
    visible: datetime | None
    duplicate_of: str | None
    dead_letter: Letter | None
    replays: tuple[EntryFate, ...] = ()


@dataclass(frozen=True)
class Followed:
    """A receipt, and a page of its entries with what became of each."""

    entries: int
    read: datetime | None
    acknowledged: datetime | None
    counted: int
    fates: Mapping[str, int]
    items: list[EntryFate]
    next: int | None

    @property
    def settled(self) -> bool:
        """Nothing changes any more, but by retention and replays."""
        return not self.fates[Fate.WAITING]


def read_receipt(text: str) -> Receipt:
    """Raises QueryError unless it is a receipt that this site gave."""
    try:
        return decode(text.strip(), settings.SECRET_KEY.encode())
    except BadReceipt as error:
        raise QueryError(
            "bad_receipt",
            f"This is no receipt of this site. {error}",
            "Copy it whole from the answer 202 to the request.",
        ) from None


def follow(
    db: Database[Document],
    receipt: Receipt,
    start: int = 0,
    limit: int = 100,
    only: Collection[str] = (),
) -> Followed:
    """The entries from number `start` on; `only` those with these fates.

    Counted are the hundred thousand entries to which `start` belongs: as a rule all.
    """
    total = sum(run.count for run in receipt.runs)
    window = start // COUNTED * COUNTED
    runs = list(part_of(receipt.runs, window, COUNTED))
    told = Tracer(db, settings.LOG_TOPIC).trace(topic_name(receipt.topic_id), runs)
    shown = list(islice(_from(told, window, start, only), limit + 1))
    beyond = window + COUNTED if window + COUNTED < total else None
    edge = receipt.edge
    return Followed(
        entries=total,
        read=to_datetime(edge.read_ms) if edge else None,
        acknowledged=to_datetime(edge.acknowledged_ms) if edge else None,
        counted=sum(run.count for run in runs),
        fates=count_fates(told),
        items=shown[:limit],
        next=shown[limit].number if len(shown) > limit else beyond,
    )


def part_of(runs: Iterable[Run], start: int, count: int) -> Iterator[Run]:
    """The runs of `count` entries from number `start` on."""
    number = 0
    for run in runs:
        first = max(run.first, run.first + start - number)
        last = min(run.last, run.first + start + count - 1 - number)
        if first <= last:
            yield Run(run.partition, first, last - first + 1, run.appended_ms)
        number += run.count


def count_fates(told: Iterable[Told]) -> dict[str, int]:
    found = Counter(dict.fromkeys((fate.value for fate in Fate), 0))
    for one in told:
        found[one.fate] += one.run.count
    return dict(found)


def entries_of(told: Told, number: int = 0) -> Iterator[EntryFate]:
    """Each entry of what was told; its first one has this number."""
    for offset in range(told.run.first, told.run.last + 1):
        yield _entry(told, offset, number + offset - told.run.first)


def _from(
    told: Iterable[Told], number: int, start: int, only: Collection[str]
) -> Iterator[EntryFate]:
    for one in told:
        if not only or one.fate in only:
            for entry in entries_of(one, number):
                if entry.number >= start:
                    yield entry
        number += one.run.count


def _entry(told: Told, offset: int, number: int) -> EntryFate:
    run, found = told.run, told.id_of(offset)
    return EntryFate(
        number=number,
        partition=run.partition,
        offset=offset,
        fate=told.fate,
        why=told.why,
        id=found.hex() if found and told.fate in (Fate.STORED, Fate.DEAD) else None,
        appended=to_datetime(run.appended_ms) if run.appended_ms >= 0 else None,
        visible=told.visible_at(offset),
        duplicate_of=told.repeats.hex() if told.repeats else None,
        dead_letter=told.extent.letter if told.extent else None,
        replays=tuple(one for after in told.replays for one in entries_of(after)),
    )
