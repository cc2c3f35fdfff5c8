"""Takes a snapshot of the cluster: where groups stand, then where partitions end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ingest.kafka import groups, offsets
from ingest.kafka.admin import metadata_of
from ingest.kafka.groups import Membership
from ingest.kafka.shapes import (
    Broker,
    Group,
    Partition,
    Place,
    Reading,
    Snapshot,
    Topic,
)

Bounds = Mapping[Place, int]


def take(brokers: str, now: datetime) -> Snapshot:
    """Ask for everything once; raises Busy if Kafka is away.

    Committed offsets come first and ends last: a lag may be a little too high, but a
    group never seems to be ahead of the log.
    """
    metadata = metadata_of(brokers)
    names, problems = groups.names(brokers)
    read, unread = groups.memberships(brokers, names)
    places = led_places(metadata)
    starts = offsets.starts(brokers, places)
    ends = offsets.ends(brokers, places)
    return Snapshot(
        at=now,
        cluster_id=metadata.cluster_id or "",
        controller=metadata.controller_id if metadata.controller_id >= 0 else None,
        brokers=_brokers(metadata),
        topics=tuple(_topics(metadata, starts, ends)),
        groups=tuple(group_of(one, starts, ends) for one in read),
        problems=(*problems, *unread),
    )


def led_places(metadata: Any) -> list[Place]:
    """Partitions with a leader: the others cannot say their offsets."""
    return [
        (topic.topic, number)
        for topic in metadata.topics.values()
        if topic.error is None
        for number, partition in topic.partitions.items()
        if partition.leader >= 0
    ]


def _brokers(metadata: Any) -> tuple[Broker, ...]:
    return tuple(
        Broker(broker.id, f"{broker.host}:{broker.port}")
        for _, broker in sorted(metadata.brokers.items())
    )


def _topics(metadata: Any, starts: Bounds, ends: Bounds) -> list[Topic]:
    return [
        Topic(name, tuple(_partitions(topic, starts, ends)))
        for name, topic in sorted(metadata.topics.items())
        if topic.error is None
    ]


def _partitions(topic: Any, starts: Bounds, ends: Bounds) -> list[Partition]:
    return [
        Partition(
            number=number,
            leader=one.leader if one.leader >= 0 else None,
            replicas=tuple(one.replicas),
            in_sync=tuple(one.isrs),
            start=starts.get((topic.topic, number)),
            end=ends.get((topic.topic, number)),
        )
        for number, one in sorted(topic.partitions.items())
    ]


def group_of(read: Membership, starts: Bounds, ends: Bounds) -> Group:
    """A group with a line for each partition that it committed in or has now."""
    members = defaultdict[Place, str](str)
    for member, places in read.members.items():
        members.update(dict.fromkeys(places, member))
    readings = tuple(
        Reading(
            topic=place[0],
            partition=place[1],
            committed=read.committed.get(place),
            start=starts.get(place),
            end=ends.get(place),
            member=members[place],
        )
        for place in sorted({*read.committed, *members})
    )
    return Group(read.name, read.state, len(read.members), readings)
