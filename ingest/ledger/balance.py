"""The offsets of one minute: what Kafka says there are, and what became of them. Pure.

Minutes are those of append time. Kafka says which offsets a minute has; blocks say in
their field `flow` what became of them. Whatever is left over is an alarm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from ingest.fold.block import State

MINUTE: Final = timedelta(minutes=1)
MAX_SERVICES: Final = 1_000  # in one minute; the rest is added up
OTHERS: Final = "…"
# Offsets without a message have no append time: they count where Kafka has them.
UNSEEN: Final = frozenset({State.VOID, State.LOST})

Block = Mapping[str, Any]
Tally = Counter[tuple[str, State]]  # (service, state) -> offsets
Gap = tuple[int, int, int]  # partition, first and last offset


@dataclass(frozen=True)
class Stretch:
    """The offsets that one partition got in one minute, as Kafka says."""

    partition: int
    incarnation: int
    first: int
    end: int  # exclusive
    known: bool = True  # False: Kafka cannot tell, the blocks' word is taken

    @property
    def offsets(self) -> int:
        return self.end - self.first


@dataclass(frozen=True)
class Account:
    """A stretch, and what blocks say of it."""

    stretch: Stretch
    tally: Tally
    gaps: tuple[Gap, ...] = ()

    @property
    def counted(self) -> int:
        return self.tally.total()

    @property
    def offsets(self) -> int:
        return self.stretch.offsets if self.stretch.known else self.counted

    @property
    def remainder(self) -> int:
        return self.offsets - self.counted


@dataclass(frozen=True)
class Balance:
    """All partitions of one minute, and what the edge had acknowledged in it."""

    minute: datetime
    accounts: Sequence[Account]
    acknowledged: Mapping[str, int] = field(default_factory=dict)  # by token

    @property
    def offsets(self) -> int:
        return sum(account.offsets for account in self.accounts)

    @property
    def remainder(self) -> int:
        """Without its sign: one partition's surplus makes up for no other's lack."""
        return sum(abs(account.remainder) for account in self.accounts)

    @property
    def excess(self) -> int:
        """Acknowledged by the edge, but in no partition."""
        return max(0, sum(self.acknowledged.values()) - self.offsets)

    @property
    def gaps(self) -> list[Gap]:
        return [gap for account in self.accounts for gap in account.gaps]

    @property
    def tally(self) -> Tally:
        return sum((account.tally for account in self.accounts), Tally())

    @property
    def is_clean(self) -> bool:
        return not (self.remainder or self.excess or self.gaps)


def minute_of(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def account(minute: datetime, stretch: Stretch, blocks: Sequence[Block]) -> Account:
    """What blocks of one incarnation, in their order, say of a stretch."""
    tally = Tally()
    for block in blocks:
        tally += _by_flow(minute, block, stretch.known)
        if stretch.known:
            tally += _by_offset(stretch, block)
    return Account(stretch, tally, tuple(gaps(stretch.partition, blocks)))


def _by_flow(minute: datetime, block: Block, seen_only: bool) -> Tally:
    found = Tally()
    for at, service, state, count in block["flow"]:
        if at == minute and not (seen_only and state in UNSEEN):
            found[service, State(state)] += count
    return found


def _by_offset(stretch: Stretch, block: Block) -> Tally:
    found = Tally()
    for state, first, last in block["holes"]:
        count = min(last + 1, stretch.end) - max(first, stretch.first)
        if state in UNSEEN and count > 0:
            found["", State(state)] += count
    return found


def gaps(partition: int, blocks: Iterable[Block]) -> list[Gap]:
    """Where a block does not begin behind the one before it: a hole, or an overlap."""
    found = []
    for before, after in pairwise(blocks):
        expected = before["last"] + 1
        if after["first"] != expected:
            low, high = sorted((expected, after["first"]))
            found.append((partition, low, high - 1))
    return found


def states_of(tally: Tally) -> dict[str, int]:
    """How many offsets each state has; those without any too."""
    found = dict.fromkeys((state.value for state in State), 0)
    for (_, state), count in tally.items():
        found[state.value] += count
    return found


def by_service(tally: Tally) -> list[list[Any]]:
    """[service, state, offsets]; of very many services the largest."""
    sizes = Counter[str]()
    for (service, _), count in tally.items():
        sizes[service] += count
    named = {service for service, _ in sizes.most_common(MAX_SERVICES)}
    found = Tally()
    for (service, state), count in tally.items():
        found[service if service in named else OTHERS, state] += count
    return [[service, state.value, n] for (service, state), n in sorted(found.items())]
