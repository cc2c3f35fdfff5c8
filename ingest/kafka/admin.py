"""Questions to the brokers about the cluster and its topics."""

from __future__ import annotations

import os
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from confluent_kafka import KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    ClusterMetadata,
    OffsetSpec,
)

from ingest.kafka import config
from ingest.kafka.errors import KafkaAway, KafkaRefused, NoSuchTopic, failure

TIMEOUT_S: Final = 5.0
LATEST: Final = OffsetSpec.latest()  # type: ignore[no-untyped-call]
_clients: Final[dict[tuple[int, str], AdminClient]] = {}
_opening: Final = Lock()


@dataclass(frozen=True)
class Cluster:
    """What brokers said of themselves and of one topic."""

    brokers: tuple[int, ...]
    leaders: dict[int, int]  # partition -> broker, -1 for none; empty: no such topic


def cluster(brokers: str, topic: str, timeout_s: float) -> Cluster:
    """Ask for metadata; raises Busy if nobody answers in time."""
    metadata = metadata_of(brokers, timeout_s)
    found = metadata.topics.get(topic)
    partitions = found.partitions.items() if found and not found.error else ()
    return Cluster(
        tuple(sorted(metadata.brokers)), {n: part.leader for n, part in partitions}
    )


def metadata_of(brokers: str, timeout_s: float = TIMEOUT_S) -> ClusterMetadata:
    """Brokers, and all topics: naming one that is missing could create it."""
    try:
        return client(brokers).list_topics(timeout=timeout_s)
    except KafkaException as error:
        raise KafkaAway(f"Kafka does not answer: {error.args[0].str()}") from error


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
    """For workers, which wait: the result, or Busy if it cannot be had now."""
    try:
        return settled(future)
    except KafkaRefused as error:
        wanted = NoSuchTopic if error.code == "no_such_topic" else KafkaAway
        raise wanted(f"Kafka: {error.message}") from error


def settled(future: Future[Any], timeout_s: float = TIMEOUT_S) -> Any:
    """The result of an admin call; raises KafkaAway or KafkaRefused.

    The bound is a little above the request's own, without which it may hang for ever.
    """
    try:
        return future.result(timeout_s + 2)
    except KafkaException as error:
        raise failure(error.args[0]) from error
    except TimeoutError as error:
        raise KafkaAway("Kafka does not answer") from error


def client(brokers: str) -> AdminClient:
    """One connection per process; whoever asks gets the error, nothing is printed.

    A handle that was inherited over a fork never answers: it is kept, but not used.
    """
    key = (os.getpid(), brokers)
    with _opening:
        if key not in _clients:
            _clients[key] = AdminClient(config.admin(brokers))
        return _clients[key]
