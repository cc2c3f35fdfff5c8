"""What came to the edge and what Kafka acknowledged of it, by minute and token.

Kept in memory and told elsewhere by whoever runs the edge: the edge itself must not
wait for anything but Kafka.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, Generic, Protocol, Self, TypeVar

from ingest.fold.block import MINUTE_MS
from ingest.kafka.runs import Run
from ingest.ledger.arrivals import Arrivals

KEPT: Final = 1_440  # minutes that nobody could be told of; a day
SETTLED: Final = 10  # minutes; a delivery report is never that late
MINUTE_S: Final = MINUTE_MS // 1_000


class Counts(Protocol):
    """What is counted of one minute."""

    def copy(self) -> Self: ...


C = TypeVar("C", bound=Counts)


class Minutes(Generic[C]):
    """Counts by minute since 1970, since the process began."""

    def __init__(self, new: Callable[[], C]) -> None:
        self._minutes: defaultdict[int, C] = defaultdict(new)
        self._changed: set[int] = set()

    def of(self, minute: int) -> C:
        """To be counted in."""
        self._changed.add(minute)
        return self._minutes[minute]

    def take_changed(self) -> dict[int, C]:
        """Whole minutes that have grown since the last call."""
        changed, self._changed = self._changed, set()
        self._forget(changed)
        return {minute: self._minutes[minute].copy() for minute in changed}

    def put_back(self, untold: Iterable[int]) -> None:
        """These could not be told: they come again, but not for ever."""
        self._changed |= self._minutes.keys() & set(untold)
        for minute in sorted(self._changed)[:-KEPT]:
            self._changed.discard(minute)
            del self._minutes[minute]

    def _forget(self, changed: set[int]) -> None:
        newest = max(self._minutes, default=0)
        for minute in self._minutes.keys() - changed:
            if minute < newest - SETTLED:
                del self._minutes[minute]


class Tally:
    """Of one web process. Its two clocks differ: each has minutes of its own."""

    def __init__(self) -> None:
        self.acknowledged: Minutes[Counter[str]] = Minutes(Counter)  # of append time
        self.arrived = Minutes(Arrivals)  # of the edge's clock

    def add(self, token_id: str, runs: Iterable[Run]) -> None:
        """The brokers acknowledged these for the holder of this token."""
        for run in runs:
            self.acknowledged.of(run.appended_ms // MINUTE_MS)[token_id] += run.count

    def offered(self, token_id: str, entries: int, rejected: int, at: datetime) -> None:
        """A request was read: so many entries, of which some cannot be accepted."""
        arrived = self.arrived.of(_minute(at))
        arrived.offered[token_id] += entries
        if rejected:
            arrived.rejected[token_id] += rejected

    def refused(self, token_id: str, status: int, code: str, at: datetime) -> None:
        """A request was not accepted as a whole; "" where no token was known."""
        self.arrived.of(_minute(at)).refused[token_id, status, code] += 1


def _minute(at: datetime) -> int:
    return int(at.timestamp()) // MINUTE_S
