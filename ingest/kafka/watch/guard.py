"""Whether the log that Kafka shows is still the one that was stored. Pure.

A log can be cut and grow again behind our back: then offsets mean other messages, and
an end says nothing of what is visible. That needs a new leader epoch, so after each one
the newest stored message is compared once; and a log that was seen to end below what is
visible is not trusted until it compares equal, or a new generation begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ingest.kafka.watch.holds import Hold, Kind

COMPARE_EVERY_S: Final = 2.0  # while a partition is not trusted


@dataclass(frozen=True)
class Standing:
    """What MongoDB says of one partition."""

    incarnation: int
    visible: int  # the first offset that is not visible yet
    stopped: str = ""
    stopped_at: int = 0
    is_empty: bool = False  # nothing of this generation was stored


@dataclass(frozen=True)
class End:
    """What its leader says: behind the last message, and since which epoch it leads."""

    offset: int
    epoch: int = -1


@dataclass
class Guard:
    """Which partitions are trusted, and under which leader."""

    _trusted: dict[int, tuple[int, int]] = field(default_factory=dict)
    _cut: dict[int, int] = field(default_factory=dict)  # -> its incarnation then
    _highest: dict[int, int] = field(default_factory=dict)  # leader epoch
    _stale: set[int] = field(default_factory=set)  # an earlier leader has answered
    _compared_s: dict[int, float] = field(default_factory=dict)

    def look(self, standings: Mapping[int, Standing], ends: Mapping[int, End]) -> None:
        """Notice what cannot be right, and what has become right again."""
        self._stale = {n for n in ends if ends[n].epoch < self._highest.get(n, -1)}
        for number, end in ends.items():
            self._highest[number] = max(end.epoch, self._highest.get(number, -1))
            standing = standings.get(number)
            if standing is None:
                continue
            if end.offset < standing.visible:
                self._cut[number] = standing.incarnation
            elif self._cut.get(number, standing.incarnation) != standing.incarnation:
                del self._cut[number]
            if standing.is_empty and number not in self._cut:
                self._trusted[number] = standing.incarnation, end.epoch

    def to_compare(
        self, standings: Mapping[int, Standing], ends: Mapping[int, End], now_s: float
    ) -> list[int]:
        """Partitions whose newest stored message should be looked up in Kafka now."""
        return [
            number
            for number, end in ends.items()
            if number in standings
            and end.offset >= standings[number].visible
            and not self._is_trusted(number, standings[number], end)
            and now_s - self._compared_s.get(number, -COMPARE_EVERY_S)
            >= COMPARE_EVERY_S
        ]

    def compared(
        self, number: int, standing: Standing, end: End, same: bool, now_s: float
    ) -> None:
        """The outcome; `same` also where Kafka no longer holds it."""
        self._compared_s[number] = now_s
        if same:
            self._trusted[number] = standing.incarnation, end.epoch
            self._cut.pop(number, None)
            self._compared_s.pop(number)
        else:
            self._cut[number] = standing.incarnation

    def holds(
        self, standings: Mapping[int, Standing], ends: Mapping[int, End]
    ) -> list[Hold]:
        found = [
            Hold(Kind.UNSETTLED, n, detail=f"the leader of partition {n}")
            for n in sorted(self._stale)
        ]
        for number, end in sorted(ends.items()):
            standing = standings.get(number)
            if standing is None:
                continue
            if number in self._cut:
                found.append(Hold(Kind.TRUNCATED, number))
            elif not self._is_trusted(number, standing, end):
                found.append(Hold(Kind.UNCOMPARED, number))
            if standing.stopped:
                stopped = standing.stopped_at, standing.stopped
                found.append(Hold(Kind.STOPPED, number, *stopped))
        return found

    def _is_trusted(self, number: int, standing: Standing, end: End) -> bool:
        now = standing.incarnation, end.epoch
        return number not in self._cut and self._trusted.get(number) == now
