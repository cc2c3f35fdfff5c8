"""The log topic and what it must be like; whether brokers answer."""

from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

TIMEOUT_S = 15.0


def ensure_topic(
    brokers: str,
    name: str,
    partitions: int,
    replication: int,
    max_bytes: int,
    retention_ms: int,
) -> bool:
    """Create the topic; False if it was there (it is left as it is)."""
    config = {
        # The broker's clock is `received`: nobody can forge a day.
        "message.timestamp.type": "LogAppendTime",
        "cleanup.policy": "delete",
        "retention.bytes": str(max_bytes // partitions),
        "retention.ms": str(retention_ms),
        "min.insync.replicas": str(max(1, replication - 1)),
    }
    topic = NewTopic(name, partitions, replication, config=config)
    admin = _admin(brokers)
    created = admin.create_topics([topic], operation_timeout=TIMEOUT_S)
    try:
        created[name].result(TIMEOUT_S)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise
        return False
    return True


def alive_brokers(broker: str, timeout_s: float = 2.0) -> set[int]:
    """Ids of the brokers that this one names in its metadata; none if it is silent."""
    try:
        metadata = _admin(broker).list_topics(timeout=timeout_s)
    except KafkaException:
        return set()
    return set(metadata.brokers)


def _admin(brokers: str) -> AdminClient:
    # Silent: whoever asks gets the error; librdkafka would print each retry as well.
    return AdminClient({"bootstrap.servers": brokers, "log_level": 0})
