"""One life of a topic: its id and its partitions, asked in one question."""

from __future__ import annotations

from confluent_kafka import TopicCollection

from ingest.kafka.admin import TIMEOUT_S, answer, client
from ingest.kafka.watch.observation import Life


def life(brokers: str, topic: str) -> Life:
    """The topic as it is now; raises Busy if that cannot be known."""
    asked = client(brokers).describe_topics(
        TopicCollection([topic]), request_timeout=TIMEOUT_S
    )
    found = answer(asked[topic])
    leaders = {one.id: one.leader.id if one.leader else -1 for one in found.partitions}
    return Life(str(found.topic_id), leaders)
