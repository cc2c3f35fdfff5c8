"""Where acknowledged messages are: consecutive offsets, folded into runs. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Place = tuple[int, int, int]  # partition, offset, append time in milliseconds


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive offsets of one partition that were appended at one time."""

    partition: int
    first: int
    count: int
    appended_ms: int

    @property
    def last(self) -> int:
        return self.first + self.count - 1


def runs_of(places: Iterable[Place]) -> list[Run]:
    """Places, folded into runs; by partition, then offset."""
    runs: list[Run] = []
    last, following, at_last, first = -1, -1, -1, -1
    for partition, offset, at in sorted(places):
        if offset != following or at != at_last or partition != last:
            if following > first:
                runs.append(Run(last, first, following - first, at_last))
            last, first, at_last = partition, offset, at
        following = offset + 1
    if following > first:
        runs.append(Run(last, first, following - first, at_last))
    return runs
