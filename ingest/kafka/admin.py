"""Questions to the brokers about the cluster and its topics."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from confluent_kafka import (
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    OffsetSpec,
)

from ingest.errors import Busy
from ingest.kafka import config

TIMEOUT_S: Final = 5.0
LATEST: Final = OffsetSpec.latest()  # type: ignore[no-untyped-call]


class NoSuchTopic(Busy):
    """The topic is not there (yet)."""


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


def topic_id(brokers: str, topic: str) -> str:
    """What tells this life of a topic from the next one of the same name."""
    wanted = TopicCollection([topic])
    asked = client(brokers).describe_topics(wanted, request_timeout=TIMEOUT_S)
    return str(answer(asked[topic]).topic_id)


def end_offsets(brokers: str, topic: str) -> dict[int, int]:
    """Behind the last message of every partition that the topic has now."""
    found = cluster(brokers, topic, TIMEOUT_S).leaders
    if not found:
        raise NoSuchTopic(f"topic {topic} is missing")
    latest = {TopicPartition(topic, number): LATEST for number in found}
    asked = client(brokers).list_offsets(latest, request_timeout=TIMEOUT_S)
    return {place.partition: answer(future).offset for place, future in asked.items()}


def answer(future: Future[Any]) -> Any:
    """The result of an admin call; raises Busy if it cannot be had now."""
    try:
        return future.result(TIMEOUT_S + 2)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise NoSuchTopic(error.args[0].str()) from error
        raise Busy(f"Kafka: {error.args[0].str()}") from error
    except TimeoutError as error:
        raise Busy("Kafka does not answer") from error


@cache
def client(brokers: str) -> AdminClient:
    """One connection per process; whoever asks gets the error, nothing is printed."""
    return AdminClient(config.admin(brokers))
