"""The data clock: the time before which everything acknowledged is visible. Pure.

Each round reads, in this order, what is visible, the time, and the ends of all
partitions. What was acknowledged before that time lies before those ends; so once the
visible offsets have reached the ends of a round, the clock may show that round's time.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

MAX_ROUNDS: Final = 600  # beyond that every second one is forgotten


@dataclass(frozen=True)
class Round:
    """One look: the time, and behind the last message of every partition."""

    at: datetime
    ends: dict[int, int]


@dataclass
class DataClock:
    """Rounds that are not reached yet, and the last that was."""

    complete_to: datetime | None = None
    waiting: deque[Round] = field(default_factory=deque)

    def tick(self, visible: dict[int, int], at: datetime, ends: dict[int, int]) -> None:
        """Take one round; `visible` was read before `at`, and `at` before `ends`.

        `visible` is, per partition, the first offset that is not visible yet.
        """
        self.waiting.append(Round(at, ends))
        if len(self.waiting) > MAX_ROUNDS:
            self.waiting = deque(list(self.waiting)[::2])
        while self.waiting and has_reached(visible, self.waiting[0].ends):
            self.complete_to = self.waiting.popleft().at


def has_reached(visible: dict[int, int], ends: dict[int, int]) -> bool:
    """Whether everything before these ends is visible; an empty partition always is."""
    return all(visible.get(number, 0) >= end for number, end in ends.items())


def holds(visible: dict[int, int], ends: dict[int, int]) -> list[str]:
    """Why the clock stands still, in words for people."""
    reasons = []
    for number, end in sorted(ends.items()):
        behind = end - visible.get(number, 0)
        if behind > 0:
            reasons.append(f"partition {number} is {behind:,} messages behind")
        elif behind < 0:
            reasons.append(f"partition {number} ends before what is stored")
    return reasons
