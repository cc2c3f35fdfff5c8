"""What a topic holds, read by another client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from confluent_kafka import Consumer, TopicPartition


def stored(brokers: str, topic: str, partition: int) -> Iterator[Any]:
    """All messages that a partition holds now."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "test"})
    try:
        place = TopicPartition(topic, partition, 0)
        _, end = consumer.get_watermark_offsets(place)
        consumer.assign([place])
        for _ in range(end):
            message = consumer.poll(10)
            assert message is not None
            yield message
    finally:
        consumer.close()
