"""How many entries Kafka acknowledged, by minute of append time and token.

Kept in memory and told elsewhere by whoever runs the edge: the edge itself must not
wait for anything but Kafka.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from ingest.fold.block import MINUTE_MS
from ingest.kafka.runs import Run

KEPT: Final = 1_440  # minutes that nobody could be told of; a day
SETTLED: Final = 10  # minutes; a delivery report is never that late

Minutes = dict[int, dict[str, int]]  # minute since 1970 -> token id -> entries


class Tally:
    """Of one web process, since it began."""

    def __init__(self) -> None:
        self._minutes: defaultdict[int, Counter[str]] = defaultdict(Counter)
        self._changed: set[int] = set()

    def add(self, token_id: str, runs: Iterable[Run]) -> None:
        """The brokers acknowledged these for the holder of this token."""
        for run in runs:
            minute = run.appended_ms // MINUTE_MS
            self._minutes[minute][token_id] += run.count
            self._changed.add(minute)

    def take_changed(self) -> Minutes:
        """Whole minutes that have grown since the last call."""
        changed, self._changed = self._changed, set()
        self._forget(changed)
        return {minute: dict(self._minutes[minute]) for minute in changed}

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
