"""A small world for the data clock: logs that are cut, leaders that are stale, spools.

It knows what was acknowledged and what is visible, so it can tell when the clock lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ingest.kafka.watch.clock import Views
from ingest.kafka.watch.guard import End, Standing
from ingest.kafka.watch.observation import Life

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BROKERS = (1, 2, 3)


def at(step: float) -> datetime:
    return NOON + timedelta(seconds=step)


@dataclass
class Broken:
    """A leader that is cut off: it answers with what it had."""

    leader: int
    entries: list[int]
    epoch: int


@dataclass
class Partition:
    """A log, and what a worker has made of it."""

    leader: int = 1
    epoch: int = 0
    entries: list[int] = field(default_factory=list)
    stale: Broken | None = None
    # The worker's side: what it knows to have been at which offset of this log.
    incarnation: int = 0
    start: int = 0
    visible: int = 0
    taken: dict[int, int] = field(default_factory=dict)

    def view(self, is_stale: bool) -> Broken:
        if is_stale and self.stale is not None:
            return self.stale
        return Broken(self.leader, list(self.entries), self.epoch)

    def agreed(self) -> int:
        """Up to where the log is the one that was stored."""
        offset = 0
        while offset < min(self.visible, len(self.entries)):
            if self.taken[offset] != self.entries[offset]:
                break
            offset += 1
        return offset

    def is_same(self) -> bool:
        newest = self.visible - 1
        if newest not in self.taken:
            return True
        return self.entries[newest : newest + 1] == [self.taken[newest]]


class World:
    """Everything outside of the clock. Each step takes a second."""

    def __init__(self, partitions: int = 2) -> None:
        self.step = 0
        self.topic_id = 0
        self.partitions = {n: Partition() for n in range(partitions)}
        self.unread: dict[int, Partition] = {}  # of a topic that was made anew
        self.acknowledged: dict[int, datetime] = {}
        self.stored: set[int] = set()
        self.gone: set[int] = set()  # Kafka lost it before anybody had read it
        self.spool: list[tuple[int, datetime]] = []

    @property
    def now(self) -> datetime:
        return at(self.step)

    # -- what happens ---------------------------------------------------------------

    def append(self, number: int) -> None:
        self.partitions[number].entries.append(self._acknowledge())

    def keep_on_disk(self) -> None:
        self.spool.append((self._acknowledge(), self.now))

    def _acknowledge(self) -> int:
        entry = len(self.acknowledged)
        self.acknowledged[entry] = self.now
        return entry

    def drain(self, number: int) -> None:
        if self.spool:
            entry, _ = self.spool.pop(0)
            self.partitions[number].entries.append(entry)

    def store(self, number: int, count: int) -> None:
        """A worker goes on at its offset, whatever log is there by now."""
        one = self.partitions[number]
        if number in self.unread:
            return
        for entry in one.entries[one.visible : one.visible + count]:
            one.taken[one.visible] = entry
            one.visible += 1
            self.stored.add(entry)

    def cut(self, number: int, keep: int) -> None:
        one = self.partitions[number]
        self.gone |= set(one.entries[keep:]) - self.stored
        one.entries = one.entries[:keep]
        one.epoch += 1
        one.stale = None

    def notice(self, number: int) -> None:
        """A worker compares, and begins a new generation or a new topic's head."""
        one = self.partitions[number]
        self.unread.pop(number, None)
        agreed = one.agreed()
        if agreed < one.visible:
            one.incarnation += 1
            one.start = one.visible = agreed
            # Of what lies below, the newest message is noted in the head.
            one.taken = {o: e for o, e in one.taken.items() if o < agreed}

    def elect(self, number: int) -> None:
        """The leader is cut off from the others, who choose a new one."""
        one = self.partitions[number]
        if one.stale is None:
            one.stale = one.view(is_stale=False)
            one.leader = one.leader % len(BROKERS) + 1
            one.epoch += 1

    def rejoin(self, number: int) -> None:
        self.partitions[number].stale = None

    def make_topic_anew(self) -> None:
        self.topic_id += 1
        for number, one in self.partitions.items():
            self.gone |= set(one.entries) - self.stored
            before = self.unread.get(number, one)
            self.unread[number] = before
            self.partitions[number] = Partition(incarnation=1000 * self.topic_id)

    # -- what can be seen -----------------------------------------------------------

    def life(self, is_stale: bool) -> Life:
        seen = {n: one.view(is_stale) for n, one in self.partitions.items()}
        return Life(str(self.topic_id), {n: one.leader for n, one in seen.items()})

    def standings(self) -> dict[int, Standing]:
        return {
            n: Standing(one.incarnation, one.visible, is_empty=one.visible == one.start)
            for n, one in self.partitions.items()
            if n not in self.unread
        }

    def ends(self, leaders: Mapping[int, int]) -> dict[int, End]:
        """As those say who are thought to lead."""
        found = {}
        for number, one in self.partitions.items():
            is_stale = one.stale is not None and one.stale.leader == leaders[number]
            view = one.view(is_stale)
            found[number] = End(len(view.entries), view.epoch)
        return found

    def views(self, asked: int) -> Views:
        """Two brokers are asked; one that is cut off names itself."""
        brokers = [BROKERS[(asked + n) % len(BROKERS)] for n in range(2)]
        return Views(float(self.step), {b: self._named_by(b) for b in brokers})

    def _named_by(self, broker: int) -> dict[int, int]:
        return {
            number: broker
            if one.stale is not None and one.stale.leader == broker
            else one.leader
            for number, one in self.partitions.items()
        }

    # -- the truth ------------------------------------------------------------------

    def hidden(self, before: datetime) -> list[int]:
        """Acknowledged before that time, not lost by Kafka, and not visible."""
        return [
            entry
            for entry, at in self.acknowledged.items()
            if at < before and entry not in self.stored | self.gone
        ]
