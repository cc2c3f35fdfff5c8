"""Metrics of a snapshot: kafka_exporter's names, labels and meaning."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ingest.kafka.shapes import Broker, Group, Partition, Reading, Snapshot, Topic
from ingest.kafka.watch.exporter import EXPORTED, SnapshotCollector

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDERS = Topic(
    "orders",
    (
        Partition(0, 1, (1, 2), (1, 2), 5, 12),
        Partition(1, None, (2, 1), (1,), None, None),
    ),
)
BILLING = Group(
    'bill"ing',
    "stable",
    2,
    (
        Reading("orders", 0, 10, 5, 12),
        Reading("orders", 1, None, None, None),
    ),
)
SNAPSHOT = Snapshot(NOW, "c", 1, (Broker(1, "kafka:9092"),), (ORDERS,), (BILLING,))


def shown(snapshot: Snapshot | None) -> dict[tuple[str, ...], float]:
    """Values by name and labels, as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(lambda: snapshot))
    text = generate_latest(registry).decode()
    return {
        (
            sample.name,
            *(sample.labels[label] for label in EXPORTED[sample.name].labels),
        ): (sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_it_shows_partitions_as_kafka_exporter_does() -> None:
    values = shown(SNAPSHOT)

    prefix = "kafka_topic_partition"
    assert values[(f"{prefix}_current_offset", "orders", "0")] == 12
    assert values[(f"{prefix}_oldest_offset", "orders", "0")] == 5
    assert values[(f"{prefix}_leader", "orders", "0")] == 1
    assert values[(f"{prefix}_leader_is_preferred", "orders", "0")] == 1
    assert values[(f"{prefix}_replicas", "orders", "1")] == 2
    assert values[(f"{prefix}_in_sync_replica", "orders", "1")] == 1
    assert values[(f"{prefix}_under_replicated_partition", "orders", "1")] == 1


def test_a_partition_without_leader_has_no_offsets() -> None:
    values = shown(SNAPSHOT)

    assert ("kafka_topic_partition_current_offset", "orders", "1") not in values
    assert ("kafka_topic_partition_leader", "orders", "1") not in values


def test_it_shows_the_lag_of_groups_whatever_their_names() -> None:
    values = shown(SNAPSHOT)

    prefix = "kafka_consumergroup"
    assert values[(f"{prefix}_lag", 'bill"ing', "orders", "0")] == 2
    assert values[(f"{prefix}_current_offset", 'bill"ing', "orders", "0")] == 10
    assert values[(f"{prefix}_lag_sum", 'bill"ing', "orders")] == 2
    assert values[(f"{prefix}_members", 'bill"ing')] == 2


def test_where_nothing_is_committed_there_is_no_series() -> None:
    values = shown(SNAPSHOT)

    assert ("kafka_consumergroup_lag", 'bill"ing', "orders", "1") not in values


def test_it_shows_every_metric_that_is_documented() -> None:
    assert {name for name, *_ in shown(SNAPSHOT)} == set(EXPORTED)


def test_without_a_snapshot_there_is_nothing() -> None:
    assert shown(None) == {}
