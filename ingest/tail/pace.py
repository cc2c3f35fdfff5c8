"""How much of what matches a person can take, and which part of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

RATE_CAP: Final = 3_000  # entries a second to one socket; of more, a sample
T = TypeVar("T")


class Pace:
    """So many entries a second; what was not used is kept for a second."""

    def __init__(self, rate: int = RATE_CAP) -> None:
        self._rate = rate
        self._saved = float(rate)
        self._at: float | None = None

    def take(self, wanted: int, now: float) -> int:
        """How many of these may go on."""
        since = 0.0 if self._at is None else max(0.0, now - self._at)
        self._at = now
        self._saved = min(self._rate, self._saved + since * self._rate)
        taken = min(wanted, int(self._saved))
        self._saved -= taken
        return taken


def sample(items: Sequence[T], count: int) -> Sequence[T]:
    """So many of them, in their order, evenly spread."""
    if count >= len(items):
        return items
    return [items[number * len(items) // count] for number in range(count)]
