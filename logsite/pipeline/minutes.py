"""The ledger's minutes as pages and API show them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ingest.fold.block import State
from ingest.ledger.arrivals import Arrivals
from logsite.pipeline.arrived import ArrivedRow, arrived_by_token


class Verdict(StrEnum):
    OPEN = "open"  # over, but not yet all of it visible
    EVEN = "even"  # every offset is accounted for
    OUT = "out"  # something is not: an alarm


@dataclass(frozen=True)
class Gap:
    """Offsets that no block holds, or that two hold."""

    partition: int
    first: int
    last: int


@dataclass(frozen=True)
class ServiceRow:
    """What became of one service's offsets; "" where there was no entry."""

    service: str
    states: Mapping[str, int]


@dataclass(frozen=True)
class TokenRow:
    """What the holder of one token sent and had acknowledged."""

    token_id: str  # "" for requests without a known token
    acknowledged: int
    rate: float  # a second, over the newest minute
    arrived: ArrivedRow  # by the edge's clock, so not of quite the same minutes


@dataclass(frozen=True)
class Minute:
    """One minute of append time."""

    start: datetime
    verdict: Verdict
    offsets: int
    acknowledged: int
    states: Mapping[str, int] | None = None  # None while it is open
    remainder: int | None = None
    excess: int | None = None
    gaps: tuple[Gap, ...] = ()
    services: tuple[ServiceRow, ...] = ()
    tokens: Mapping[str, int] = field(default_factory=dict)
    partitions: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_believed(self) -> bool:
        """Kafka could not tell any more: the blocks' word was taken."""
        return not all(one["known"] for one in self.partitions)


@dataclass(frozen=True)
class Sums:
    """Many minutes, added up."""

    minutes: int
    open: int
    offsets: int
    acknowledged: int
    states: Mapping[str, int]
    remainder: int
    excess: int
    gaps: int

    @property
    def alarm(self) -> bool:
        return bool(self.remainder or self.excess or self.gaps)


def minute_from(written: Mapping[str, Any], only: Collection[str] = ()) -> Minute:
    """What a document of the ledger says; `only`: of these services."""
    opened = {
        "start": written["_id"],
        "offsets": written["offsets"],
        "acknowledged": written["acknowledged"],
        "tokens": written["tokens"],
        "partitions": tuple(written["partitions"]),
    }
    if not written["closed"]:
        return Minute(verdict=Verdict.OPEN, **opened)
    found = {name: written[name] for name in ("states", "remainder", "excess")}
    gaps = tuple(Gap(*gap) for gap in written["gaps"])
    is_out = written["remainder"] or written["excess"] or gaps
    return Minute(
        verdict=Verdict.OUT if is_out else Verdict.EVEN,
        gaps=gaps,
        services=tuple(_services(written["services"], only)),
        **opened,
        **found,
    )


def _services(
    rows: Iterable[tuple[str, str, int]], only: Collection[str]
) -> Iterable[ServiceRow]:
    states = defaultdict[str, dict[str, int]](_no_states)
    for service, state, count in rows:
        if not only or service in only:
            states[service][state] += count
    return [ServiceRow(service, found) for service, found in sorted(states.items())]


def _no_states() -> dict[str, int]:
    return dict.fromkeys((state.value for state in State), 0)


def services_of(minutes: Iterable[Minute]) -> list[ServiceRow]:
    """Each service over all minutes, the largest first."""
    sums = defaultdict[str, Counter[str]](Counter)
    for minute in minutes:
        for row in minute.services:
            sums[row.service].update(row.states)
    found = [ServiceRow(name, {**_no_states(), **sums[name]}) for name in sorted(sums)]
    return sorted(found, key=lambda row: -sum(row.states.values()))


def tokens_of(minutes: Collection[Minute], arrived: Arrivals) -> list[TokenRow]:
    """Each token over all minutes, newest first; the largest comes first."""
    sums = Counter[str]()
    for minute in minutes:
        sums.update(minute.tokens)
    newest = next(iter(minutes), None)
    now = newest.tokens if newest else {}
    came = arrived_by_token(arrived)
    rows = [
        TokenRow(
            token,
            sums[token],
            now.get(token, 0) / 60,
            came.get(token, ArrivedRow(token)),
        )
        for token in sorted({*sums, *came})
    ]
    return sorted(rows, key=_size, reverse=True)


def _size(row: TokenRow) -> int:
    """Who only is refused is as large as what was refused."""
    return max(row.acknowledged, row.arrived.offered, row.arrived.requests)


def sums_of(minutes: Collection[Minute]) -> Sums:
    states = Counter(_no_states())
    for minute in minutes:
        states.update(minute.states or {})
    return Sums(
        minutes=len(minutes),
        open=sum(minute.verdict is Verdict.OPEN for minute in minutes),
        offsets=sum(minute.offsets for minute in minutes),
        acknowledged=sum(minute.acknowledged for minute in minutes),
        states=dict(states),
        remainder=sum(minute.remainder or 0 for minute in minutes),
        excess=sum(minute.excess or 0 for minute in minutes),
        gaps=sum(len(minute.gaps) for minute in minutes),
    )
