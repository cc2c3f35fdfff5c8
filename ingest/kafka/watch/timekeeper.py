"""Decides, round by round, up to when everything is visible. Pure.

What was read, and in which order, is the observer's work; here nothing is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ingest.kafka.watch.clock import DataClock, Round, Views
from ingest.kafka.watch.guard import Guard
from ingest.kafka.watch.holds import Hold, Kind
from ingest.kafka.watch.observation import Observation


@dataclass(frozen=True)
class Lives:
    """Of the topic, and of the offsets of each partition that has a head."""

    topic_id: str
    incarnations: Mapping[int, int]

    def began_again(self, earlier: Lives) -> bool:
        """A head that is new has an incarnation of its own, but began nothing again."""
        if self.topic_id != earlier.topic_id:
            return True
        return any(
            earlier.incarnations.get(number, now) != now
            for number, now in self.incarnations.items()
        )


class Timekeeper:
    """The data clock with everything that may hold it back."""

    def __init__(self, complete_to: datetime | None, one_broker: bool = False) -> None:
        self._clock = DataClock(complete_to)
        self._guard = Guard()
        self._lives: Lives | None = None
        self.one_broker = one_broker  # then nobody else can be asked

    @property
    def complete_to(self) -> datetime | None:
        return self._clock.complete_to

    def round(
        self,
        seen: Observation,
        is_same: Callable[[int], bool],
        views: Views | None,
    ) -> list[Hold]:
        """Take one look; answers what holds the clock back.

        `is_same` says whether Kafka holds the newest stored message of a partition, and
        `views` are the newest ones, earlier or later than the look.
        """
        self._forget_earlier_lives(seen)
        self._compare(seen, is_same)
        obstacles = seen.obstacles + self._guard.holds(seen.standings, seen.ends)
        if views is not None:
            self._clock.confirm(views)
        look = Round(
            at=seen.trusted_time,
            ends=seen.end_offsets,
            leaders=seen.after.leaders,
            read_s=seen.read_s,
            confirmed=self.one_broker,
        )
        self._clock.tick(seen.visible, look, obstacles)
        return obstacles + self._unconfirmed(seen.read_s) + seen.delays

    def _forget_earlier_lives(self, seen: Observation) -> None:
        """Offsets that began again mean other messages: earlier rounds are void."""
        lives = Lives(seen.after.topic_id, seen.incarnations)
        if self._lives and lives.topic_id != self._lives.topic_id:
            self._guard = Guard()
        if self._lives and lives.began_again(self._lives):
            self._clock.waiting.clear()
        self._lives = lives

    def _compare(self, seen: Observation, is_same: Callable[[int], bool]) -> None:
        self._guard.look(seen.standings, seen.ends)
        for number in self._guard.to_compare(seen.standings, seen.ends, seen.read_s):
            standing, end = seen.standings[number], seen.ends[number]
            same = is_same(number)
            self._guard.compared(number, standing, end, same, seen.read_s)

    def _unconfirmed(self, now_s: float) -> list[Hold]:
        if self._clock.waits_for_confirmation(now_s):
            return [Hold(Kind.UNCONFIRMED, detail="the partitions")]
        return []
