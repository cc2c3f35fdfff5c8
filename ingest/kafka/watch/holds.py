"""Why the data clock stands still: a kind, and words for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final


class Kind(StrEnum):
    """What holds the clock back."""

    BEHIND = "behind"  # not an obstacle: it is being stored
    SPOOL = "spool"  # entries wait on a disk, so the time cannot pass them
    SKEW = "skew"  # clocks differ: the earlier one counts
    STOPPED = "stopped"  # the worker gave a partition up, with a reason
    TRUNCATED = "truncated"  # the log ends before, or differs from, what is stored
    UNCOMPARED = "uncompared"  # a new leader: is its log the one that was stored?
    REPLACED = "replaced"  # the topic was made anew, and no worker has seen it
    UNCONFIRMED = "unconfirmed"  # no second broker says who leads
    UNSETTLED = "unsettled"  # leaders or partitions changed during the look

    @property
    def is_obstacle(self) -> bool:
        """Whether the clock has to stand still whatever the offsets say."""
        return self not in (Kind.BEHIND, Kind.SPOOL, Kind.SKEW, Kind.UNCONFIRMED)

    @property
    def is_doubt(self) -> bool:
        """Whether what was read may belong to another log than the one now there."""
        return self.is_obstacle and self is not Kind.STOPPED


@dataclass(frozen=True)
class Hold:
    """One reason; `count` and `detail` mean what the kind's words say."""

    kind: Kind
    partition: int | None = None
    count: int = 0
    detail: str = ""
    since: datetime | None = None

    @property
    def words(self) -> str:
        return _WORDS[self.kind].format(
            partition=self.partition,
            count=self.count,
            messages="message" if self.count == 1 else "messages",
            detail=self.detail,
            since=self.since and self.since.isoformat(timespec="seconds"),
        )

    def document(self) -> dict[str, Any]:
        return {**vars(self), "kind": self.kind.value}


_WORDS: Final = {
    Kind.BEHIND: "partition {partition} is {count:,} {messages} behind",
    Kind.SPOOL: "entries accepted since {since} wait in the spool {detail}",
    Kind.SKEW: "the clocks of MongoDB and this machine differ by {detail} s",
    Kind.STOPPED: "partition {partition} was stopped at offset {count}: {detail}",
    Kind.TRUNCATED: "partition {partition} ends before what is stored, or differs",
    Kind.UNCOMPARED: "partition {partition} has a new leader that is not compared yet",
    Kind.REPLACED: "the topic was made anew; partition {partition} waits for a worker",
    Kind.UNCONFIRMED: "no second broker confirms who leads {detail}",
    Kind.UNSETTLED: "{detail} changed during a look",
}


def skew_warning(skew: timedelta) -> str:
    """What is said of brokers whose append times cannot be right."""
    side = "ahead of" if skew > timedelta(0) else "behind"
    return f"brokers' clocks are {abs(skew.total_seconds()):.0f} s {side} MongoDB's"


def lag_holds(visible: Mapping[int, int], ends: Mapping[int, int]) -> list[Hold]:
    """Partitions that are behind, and by how much."""
    return [
        Hold(Kind.BEHIND, number, end - visible.get(number, 0))
        for number, end in sorted(ends.items())
        if end > visible.get(number, 0)
    ]
