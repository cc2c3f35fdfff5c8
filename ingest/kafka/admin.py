"""Questions to the brokers about the cluster and its topics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ingest.errors import Busy


@dataclass(frozen=True)
class Cluster:
    """What brokers said of themselves and of one topic."""

    brokers: tuple[int, ...]
    leaders: dict[int, int]  # partition -> broker, -1 for none; empty: no such topic


def cluster(brokers: str, topic: str, timeout_s: float) -> Cluster:
    """Ask for metadata; raises Busy if nobody answers in time."""
    try:
        # All topics: naming one that is missing could create it.
        metadata = client(brokers).list_topics(timeout=timeout_s)
    except KafkaException as error:
        raise Busy(f"Kafka does not answer: {error.args[0].str()}") from error
    found = metadata.topics.get(topic)
    partitions = found.partitions.items() if found and not found.error else ()
    return Cluster(
        tuple(sorted(metadata.brokers)), {n: part.leader for n, part in partitions}
    )


@cache
def client(brokers: str) -> AdminClient:
    """One connection per process; whoever asks gets the error, nothing is printed."""
    return AdminClient({"bootstrap.servers": brokers, "log_level": 0})
