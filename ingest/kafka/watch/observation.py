"""What one round of the data clock has seen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ingest.kafka.watch.guard import End, Standing
from ingest.kafka.watch.holds import Hold, Kind, lag_holds
from ingest.kafka.watch.skew import ALLOWED, earlier

Head = Mapping[str, Any]


@dataclass(frozen=True)
class Life:
    """A topic of the same name that was made again has another id."""

    topic_id: str
    leaders: Mapping[int, int]  # partition -> broker, -1 for none


@dataclass(frozen=True)
class Observation:
    """What one round has seen."""

    before: Life  # of the topic, before anything else was read
    heads: Mapping[int, Head]
    standings: Mapping[int, Standing]
    replaced: frozenset[int]  # partitions of which an earlier life is not settled
    at: datetime  # by MongoDB's clock
    skew: timedelta  # how far it is ahead of this machine's
    spools: Mapping[str, datetime]  # what waits, and since when
    ends: Mapping[int, End]
    after: Life
    read_s: float  # monotonic, when all was read

    @property
    def visible(self) -> dict[int, int]:
        return {n: standing.visible for n, standing in self.standings.items()}

    @property
    def end_offsets(self) -> dict[int, int]:
        return {n: end.offset for n, end in self.ends.items()}

    @property
    def incarnations(self) -> dict[int, int]:
        return {n: standing.incarnation for n, standing in self.standings.items()}

    @property
    def trusted_time(self) -> datetime:
        """The time that this look may vouch for."""
        oldest = [since - ALLOWED for since in self.spools.values()]
        return min([earlier(self.at, self.skew), *oldest])

    @property
    def obstacles(self) -> list[Hold]:
        """What makes this look worth nothing."""
        found = [Hold(Kind.REPLACED, number) for number in sorted(self.replaced)]
        if self.before != self.after:
            names = "the topic, its partitions or their leaders"
            found.append(Hold(Kind.UNSETTLED, detail=names))
        return found

    @property
    def delays(self) -> list[Hold]:
        """What the clock waits for, or goes by."""
        found = lag_holds(self.visible, self.end_offsets)
        for name, since in sorted(self.spools.items()):
            found.append(Hold(Kind.SPOOL, detail=name, since=since))
        if abs(self.skew) > ALLOWED:
            found.append(Hold(Kind.SKEW, detail=f"{self.skew.total_seconds():.0f}"))
        return found

    def partitions(self) -> list[dict[str, Any]]:
        """As the clock's document shows them."""
        return [
            {
                "partition": number,
                "visible": self.visible.get(number, 0),
                "end": end.offset,
                "epoch": end.epoch,
                "leader": self.after.leaders.get(number, -1),
            }
            for number, end in sorted(self.ends.items())
        ]
