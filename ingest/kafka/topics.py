"""The log topic and what it must be like; whether brokers answer."""

from __future__ import annotations

from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ingest.errors import Busy
from ingest.kafka.admin import client

TIMEOUT_S: Final = 15.0
# Kafka says no for good; anything else may go by itself.
REFUSED: Final = (
    KafkaError.TOPIC_EXCEPTION,
    KafkaError.INVALID_PARTITIONS,
    KafkaError.INVALID_CONFIG,
    KafkaError.POLICY_VIOLATION,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
)


def ensure_topic(
    brokers: str,
    name: str,
    partitions: int,
    replication: int,
    max_bytes: int,
    retention_ms: int,
) -> bool:
    """Create the topic; False if it was there (it is left as it is).

    Raises Busy if Kafka is away, KafkaException if it refuses such a topic.
    """
    config = {
        # The broker's clock is `received`: nobody can forge a day.
        "message.timestamp.type": "LogAppendTime",
        "cleanup.policy": "delete",
        "retention.bytes": str(max_bytes // partitions),
        "retention.ms": str(retention_ms),
        "min.insync.replicas": str(max(1, replication - 1)),
    }
    topic = NewTopic(name, partitions, replication, config=config)
    created = client(brokers).create_topics([topic], operation_timeout=TIMEOUT_S)
    try:
        created[name].result(TIMEOUT_S + 2)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        if error.args[0].code() in REFUSED:
            raise
        raise Busy(f"Kafka did not create {name}: {error.args[0].str()}") from error
    except TimeoutError as error:
        raise Busy(f"Kafka did not create {name} in time") from error
    return True


def alive_brokers(broker: str, timeout_s: float = 2.0) -> set[int]:
    """Ids of the brokers that this one names in its metadata; none if it is silent."""
    # A client of its own: a lasting one would ask the other brokers that it knows, and
    # after a failure it waits for seconds before it asks again.
    asking = AdminClient({"bootstrap.servers": broker, "log_level": 0})
    try:
        metadata = asking.list_topics(timeout=timeout_s)
    except KafkaException:
        return set()
    return set(metadata.brokers)
