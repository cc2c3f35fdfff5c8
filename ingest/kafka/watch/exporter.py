"""A snapshot as metrics, under the names and labels of kafka_exporter.

Dashboards and alerts made for it work as they are. Two things differ: a lag is never
negative, and where nothing is committed there is no series instead of -1, which
people's sums would add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ingest.kafka.shapes import Partition, Reading, Snapshot, Topic, total_lag
from ingest.metrics import Spec

_PARTITION: Final = ("topic", "partition")
_GROUP: Final = ("consumergroup", "topic")
_READING: Final = (*_GROUP, "partition")

EXPORTED: Final[dict[str, Spec]] = {
    "kafka_brokers": Spec("Brokers in the cluster."),
    "kafka_broker_info": Spec("1 for each broker.", ("id", "address")),
    "kafka_topic_partitions": Spec("Partitions of a topic.", ("topic",)),
    "kafka_topic_partition_current_offset": Spec(
        "Behind the newest message of a partition.", _PARTITION
    ),
    "kafka_topic_partition_oldest_offset": Spec(
        "The oldest message that a partition still has.", _PARTITION
    ),
    "kafka_topic_partition_leader": Spec("The broker that leads it.", _PARTITION),
    "kafka_topic_partition_leader_is_preferred": Spec(
        "1 if its first replica leads it, else 0.", _PARTITION
    ),
    "kafka_topic_partition_replicas": Spec("Its replicas.", _PARTITION),
    "kafka_topic_partition_in_sync_replica": Spec(
        "Its replicas that are in sync.", _PARTITION
    ),
    "kafka_topic_partition_under_replicated_partition": Spec(
        "1 if a replica is not in sync, else 0.", _PARTITION
    ),
    "kafka_consumergroup_current_offset": Spec(
        "What a group has committed in a partition.", _READING
    ),
    "kafka_consumergroup_current_offset_sum": Spec(
        "The same over all partitions of a topic.", _GROUP
    ),
    "kafka_consumergroup_lag": Spec(
        "Messages that a group can still read and has not.", _READING
    ),
    "kafka_consumergroup_lag_sum": Spec(
        "The same over all partitions of a topic.", _GROUP
    ),
    "kafka_consumergroup_members": Spec("Members of a group.", ("consumergroup",)),
    "kafka_snapshot_timestamp_seconds": Spec(
        "When all of these were read, as Unix time; kafka_exporter has no such thing."
    ),
}


class Families:
    """Collects values under the names of EXPORTED; those without any are left out."""

    def __init__(self) -> None:
        self._made: dict[str, GaugeMetricFamily] = {}

    def add(self, name: str, value: float | None, *labels: object) -> None:
        if value is None:
            return
        if name not in self._made:
            meaning, names = EXPORTED[name]
            self._made[name] = GaugeMetricFamily(name, meaning, labels=names)
        self._made[name].add_metric([str(label) for label in labels], value)

    def made(self) -> Iterable[GaugeMetricFamily]:
        return self._made.values()


def families(snapshot: Snapshot) -> Iterable[GaugeMetricFamily]:
    """Every metric that a snapshot has values for."""
    found = Families()
    found.add("kafka_snapshot_timestamp_seconds", snapshot.at.timestamp())
    found.add("kafka_brokers", len(snapshot.brokers))
    for broker in snapshot.brokers:
        found.add("kafka_broker_info", 1, broker.id, broker.address)
    for topic in snapshot.topics:
        found.add("kafka_topic_partitions", len(topic.partitions), topic.name)
        for partition in topic.partitions:
            _add_partition(found, topic, partition)
    for group in snapshot.groups:
        found.add("kafka_consumergroup_members", group.members, group.name)
        for name in group.topics:
            _add_readings(found, group.name, name, group.of_topic(name))
    return found.made()


def _add_partition(found: Families, topic: Topic, one: Partition) -> None:
    preferred = one.replicas[0] if one.replicas else None
    values = {
        "current_offset": one.end,
        "oldest_offset": one.start,
        "leader": one.leader,
        "leader_is_preferred": int(one.leader == preferred),
        "replicas": len(one.replicas),
        "in_sync_replica": len(one.in_sync),
        "under_replicated_partition": int(one.is_under_replicated),
    }
    for name, value in values.items():
        found.add(f"kafka_topic_partition_{name}", value, topic.name, one.number)


def _add_readings(
    found: Families, group: str, topic: str, readings: tuple[Reading, ...]
) -> None:
    prefix = "kafka_consumergroup"
    for one in readings:
        labels = (group, topic, one.partition)
        found.add(f"{prefix}_current_offset", one.committed, *labels)
        found.add(f"{prefix}_lag", one.lag, *labels)
    committed = [one.committed for one in readings if one.committed is not None]
    if committed:
        found.add(f"{prefix}_current_offset_sum", sum(committed), group, topic)
    found.add(f"{prefix}_lag_sum", total_lag(readings), group, topic)


class SnapshotCollector(Collector):
    """Shows the newest snapshot whenever Prometheus asks."""

    def __init__(self, newest: Callable[[], Snapshot | None]) -> None:
        self._newest = newest

    def collect(self) -> Iterator[GaugeMetricFamily]:
        snapshot = self._newest()
        if snapshot is not None:
            yield from families(snapshot)

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing is asked of MongoDB when this is registered."""
        return []
