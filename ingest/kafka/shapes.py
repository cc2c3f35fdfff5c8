"""What a Kafka cluster looks like at one moment: brokers, topics, groups. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

Place = tuple[str, int]  # topic and number of a partition


@dataclass(frozen=True)
class Broker:
    id: int
    address: str


@dataclass(frozen=True)
class Partition:
    """One partition; its offsets are None while nobody leads it."""

    number: int
    leader: int | None
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]
    start: int | None = None  # the oldest offset that is still there
    end: int | None = None  # behind the newest

    @property
    def is_under_replicated(self) -> bool:
        return len(self.in_sync) < len(self.replicas)

    @property
    def messages(self) -> int:
        return (self.end or 0) - (self.start or 0)


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: tuple[Partition, ...]

    @property
    def is_internal(self) -> bool:
        """Kafka's own: nobody creates or deletes these by hand."""
        return self.name.startswith("__")

    @property
    def replication(self) -> int:
        return max((len(one.replicas) for one in self.partitions), default=0)

    @property
    def under_replicated(self) -> int:
        return sum(one.is_under_replicated for one in self.partitions)

    @property
    def leaderless(self) -> int:
        return sum(one.leader is None for one in self.partitions)

    @property
    def messages(self) -> int:
        """Offsets that are kept: with compaction or transactions fewer messages."""
        return sum(one.messages for one in self.partitions)


@dataclass(frozen=True)
class Reading:
    """Where a group stands in one partition; None is unknown, never 0."""

    topic: str
    partition: int
    committed: int | None
    start: int | None
    end: int | None
    member: str = ""  # who has the partition now

    @property
    def lag(self) -> int | None:
        """Messages that it can still read and has not: what is gone is no lag."""
        if self.committed is None or self.end is None:
            return None
        return max(0, self.end - max(self.committed, self.start or 0))

    @property
    def lost(self) -> int:
        """Offsets that Kafka deleted before the group committed past them."""
        if self.committed is None or self.start is None:
            return 0
        return max(0, self.start - self.committed)


@dataclass(frozen=True)
class Group:
    name: str
    state: str
    members: int
    readings: tuple[Reading, ...]

    @property
    def lag(self) -> int | None:
        """Over all partitions; None if it has committed in none of them."""
        return total_lag(self.readings)

    @property
    def lost(self) -> int:
        return sum(one.lost for one in self.readings)

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(sorted({one.topic for one in self.readings}))

    def of_topic(self, topic: str) -> tuple[Reading, ...]:
        return tuple(one for one in self.readings if one.topic == topic)


@dataclass(frozen=True)
class Snapshot:
    """The cluster at a time. Of several looks, the newest offsets are the last."""

    at: datetime
    cluster_id: str
    controller: int | None
    brokers: tuple[Broker, ...]
    topics: tuple[Topic, ...]
    groups: tuple[Group, ...]
    problems: tuple[str, ...] = ()  # what could not be read

    def topic(self, name: str) -> Topic | None:
        return next((one for one in self.topics if one.name == name), None)

    def group(self, name: str) -> Group | None:
        return next((one for one in self.groups if one.name == name), None)

    def readers(self, topic: str) -> tuple[Group, ...]:
        """Groups that have committed in a topic, or have one of its partitions."""
        return tuple(group for group in self.groups if topic in group.topics)


def total_lag(readings: Iterable[Reading]) -> int | None:
    known = [one.lag for one in readings if one.lag is not None]
    return sum(known) if known else None


def rates(older: Snapshot, newer: Snapshot) -> dict[str, float]:
    """Messages a second into each topic; none for one that was made again between."""
    seconds = (newer.at - older.at).total_seconds()
    if seconds <= 0:
        return {}
    before = {topic.name: _ends(topic) for topic in older.topics}
    found = {}
    for topic in newer.topics:
        ends = _ends(topic)
        was = before.get(topic.name, {})
        grown = [ends[n] - was[n] for n in ends.keys() & was.keys()]
        if grown and min(grown) >= 0:
            found[topic.name] = sum(grown) / seconds
    return found


def _ends(topic: Topic) -> dict[int, int]:
    return {p.number: p.end for p in topic.partitions if p.end is not None}
