"""Snapshots of a real Kafka: partitions, groups and lag; kept in MongoDB."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from ingest.kafka import groups
from ingest.kafka.admin import client
from ingest.kafka.errors import KafkaAway, KafkaRefused
from ingest.kafka.shapes import Group, Reading, Snapshot
from ingest.kafka.watch import history
from ingest.kafka.watch.snapshots import take
from tests.ingest.worker import line, produce, wait_for

pytestmark = pytest.mark.parts
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def group() -> str:
    return f"billing/{uuid.uuid4().hex[:8]}"


@contextmanager
def member(brokers: str, group: str, topic: str) -> Iterator[Consumer]:
    """A member of the group that has got its partitions."""
    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": group, "client.id": "bill-1"}
    )
    consumer.subscribe([topic])

    def has_partitions() -> bool:
        consumer.poll(0.1)
        return bool(consumer.assignment())

    wait_for(has_partitions)
    yield consumer
    consumer.close()


def commit(brokers: str, group: str, topic: str, offsets: dict[int, int]) -> None:
    places = {(topic, number): offset for number, offset in offsets.items()}

    def committed() -> bool:
        try:
            groups.set_offsets(brokers, group, places)
        except KafkaAway:  # the first group of a broker waits for its coordinator
            return False
        return True

    wait_for(committed)


def seen(brokers: str, group: str) -> Group:
    found = take(brokers, NOW).group(group)
    assert found is not None
    return found


def test_it_sees_brokers_and_partitions(kafka_brokers: str, topic: str) -> None:
    produce(kafka_brokers, topic, [line(n) for n in range(5)], partition=1)

    snapshot = take(kafka_brokers, NOW)

    assert [broker.address for broker in snapshot.brokers] == [kafka_brokers]
    found = snapshot.topic(topic)
    assert found is not None
    assert [(p.start, p.end) for p in found.partitions] == [(0, 0), (0, 5), (0, 0)]
    assert [p.leader for p in found.partitions] == [1, 1, 1]
    assert (found.replication, found.under_replicated, found.messages) == (1, 0, 5)


def test_it_sees_the_lag_of_a_group(kafka_brokers: str, topic: str, group: str) -> None:
    produce(kafka_brokers, topic, [line(n) for n in range(5)], partition=1)
    commit(kafka_brokers, group, topic, {0: 0, 1: 2})

    found = seen(kafka_brokers, group)

    assert (found.state, found.members, found.lag) == ("empty", 0, 3)
    assert found.readings[1] == Reading(topic, 1, committed=2, start=0, end=5)


def test_it_sees_who_has_a_partition_and_has_not_committed(
    kafka_brokers: str, topic: str, group: str
) -> None:
    with member(kafka_brokers, group, topic):
        found = seen(kafka_brokers, group)

    assert (found.state, found.members, found.lag) == ("stable", 1, None)
    assert [one.committed for one in found.readings] == [None] * 3
    assert found.readings[0].member.startswith("bill-1")


def test_offsets_of_a_group_with_members_cannot_be_set(
    kafka_brokers: str, topic: str, group: str
) -> None:
    with (
        member(kafka_brokers, group, topic),
        pytest.raises(KafkaRefused) as refused,
    ):
        commit(kafka_brokers, group, topic, {0: 0})

    assert (refused.value.status, refused.value.code) == (409, "group_active")


def test_it_sees_what_was_deleted_before_it_was_read(
    kafka_brokers: str, topic: str, group: str
) -> None:
    produce(kafka_brokers, topic, [line(n) for n in range(5)])
    commit(kafka_brokers, group, topic, {0: 1})
    deleted = client(kafka_brokers).delete_records(
        [TopicPartition(topic, 0, 4)], request_timeout=5
    )
    for future in deleted.values():
        future.result(7)

    found = seen(kafka_brokers, group)

    assert (found.lag, found.lost) == (1, 3)


def test_it_says_that_kafka_is_away() -> None:
    with pytest.raises(KafkaAway):
        take("127.0.0.1:1", NOW)


def test_a_snapshot_comes_back_from_mongodb_as_it_was(
    kafka_brokers: str, topic: str, group: str, mongo: Any
) -> None:
    commit(kafka_brokers, group, topic, {0: 0})
    snapshot = take(kafka_brokers, NOW)

    history.save(mongo, snapshot)

    assert history.newest(mongo) == snapshot


def test_old_snapshots_are_dropped(mongo: Any) -> None:
    for minutes in (0, 60, 119, 121):
        history.save(mongo, empty(NOW + timedelta(minutes=minutes)))

    kept = [found["_id"] for found in mongo["kafka_snapshots"].find()]
    assert kept == [NOW + timedelta(minutes=minutes) for minutes in (60, 119, 121)]


def test_the_snapshot_of_a_minute_before_is_found(mongo: Any) -> None:
    for seconds in (0, 30, 60, 95):
        history.save(mongo, empty(NOW + timedelta(seconds=seconds)))
    newest = history.newest(mongo)
    assert newest is not None

    minute = history.before(mongo, newest, timedelta(seconds=60))
    hour = history.before(mongo, newest, timedelta(hours=1))

    assert minute.at == NOW + timedelta(seconds=30)
    assert hour.at == NOW


def empty(at: datetime) -> Snapshot:
    return Snapshot(at, "cluster", 1, (), (), ())
