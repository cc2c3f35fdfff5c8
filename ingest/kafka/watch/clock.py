"""The data clock: the time before which everything acknowledged is visible. Pure.

Each round reads, in this order, what is visible, the time, what waits in spools, and
the ends of all partitions. What was acknowledged before that time lies before those
ends; so once the visible offsets have reached the ends of a round, the clock may show
its time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ingest.kafka.watch.holds import Hold

MAX_ROUNDS: Final = 600  # beyond that every second one is forgotten
CONFIRMED_WITHIN_S: Final = 3.0


@dataclass
class Round:
    """One look: the time, and behind the last message of every partition."""

    at: datetime
    ends: Mapping[int, int]
    leaders: Mapping[int, int] = field(default_factory=dict)
    read_s: float = 0.0  # monotonic, after everything was read
    confirmed: bool = True  # by other brokers than the leaders


@dataclass(frozen=True)
class Views:
    """Who leads each partition, as several brokers see it."""

    asked_s: float  # monotonic, before the first was asked
    leaders: Mapping[int, Mapping[int, int]]  # broker asked -> partition -> leader

    def confirm(self, leaders: Mapping[int, int]) -> bool:
        """Whether each leader is named by another broker."""
        return all(
            any(seen.get(n) == leader for seen in self._others(leader))
            for n, leader in leaders.items()
        )

    def contradict(self, leaders: Mapping[int, int]) -> bool:
        """Whether anybody names another leader, or knows of other partitions."""
        return any(seen != leaders for seen in self.leaders.values())

    def _others(self, leader: int) -> Iterable[Mapping[int, int]]:
        return (seen for n, seen in self.leaders.items() if n != leader)


@dataclass
class DataClock:
    """Rounds that are not reached yet, and the last that was."""

    complete_to: datetime | None = None
    waiting: deque[Round] = field(default_factory=deque)

    def tick(
        self, visible: Mapping[int, int], look: Round, holds: Iterable[Hold] = ()
    ) -> None:
        """Take one round, of which everything was read in the order above.

        `visible` is, per partition, the first offset that is not visible yet. While
        something holds the clock it stands still; rounds that may have read something
        else than the log that is there now are never used.
        """
        obstacles = [hold.kind for hold in holds if hold.kind.is_obstacle]
        if any(kind.is_doubt for kind in obstacles):
            self.waiting.clear()
            return
        self.waiting.append(look)
        if len(self.waiting) > MAX_ROUNDS:
            self.waiting = deque(list(self.waiting)[::2])
        if not obstacles:
            self._advance(visible)

    def confirm(self, views: Views) -> None:
        """Views that are later than a round say whether it asked the right leaders.

        One that did not is forgotten: a leader may come back, its old answer may not.
        """
        kept: deque[Round] = deque()
        for look in self.waiting:
            if look.read_s <= views.asked_s and not look.confirmed:
                if views.contradict(look.leaders):
                    continue
                look.confirmed = views.confirm(look.leaders)
            kept.append(look)
        self.waiting = kept

    def waits_for_confirmation(self, now_s: float) -> bool:
        """Whether nobody has confirmed the oldest round for a while."""
        if not self.waiting or self.waiting[0].confirmed:
            return False
        return now_s - self.waiting[0].read_s > CONFIRMED_WITHIN_S

    def _advance(self, visible: Mapping[int, int]) -> None:
        while self.waiting and self.waiting[0].confirmed:
            if not has_reached(visible, self.waiting[0].ends):
                return
            at = self.waiting.popleft().at
            self.complete_to = max(at, self.complete_to or at)


def has_reached(visible: Mapping[int, int], ends: Mapping[int, int]) -> bool:
    """Whether everything before these ends is visible; an empty partition always is."""
    return all(visible.get(number, 0) >= end for number, end in ends.items())
