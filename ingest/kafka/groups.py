"""Consumer groups: who is in them, where they stand, and setting them elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition

from ingest.errors import Busy
from ingest.kafka.admin import TIMEOUT_S, client, settled
from ingest.kafka.errors import KafkaAway, KafkaRefused, failure
from ingest.kafka.shapes import Place

EMPTY: Final = "empty"  # the state of a group that has no members


@dataclass(frozen=True)
class Membership:
    """One group as Kafka tells it, without offsets of the log."""

    name: str
    state: str
    members: Mapping[str, tuple[Place, ...]]  # member -> its partitions
    committed: Mapping[Place, int]


def names(brokers: str) -> tuple[list[str], list[str]]:
    """Names of all groups, and what some of the brokers could not tell."""
    listed = settled(
        client(brokers).list_consumer_groups(request_timeout=TIMEOUT_S), TIMEOUT_S
    )
    problems = [str(failure(_error_of(error))) for error in listed.errors or ()]
    # An unreachable cluster answers with success, no groups, and errors.
    if problems and not listed.valid:
        raise KafkaAway(problems[0])
    return sorted(group.group_id for group in listed.valid), problems


def _error_of(error: Any) -> Any:
    return error.args[0] if isinstance(error, KafkaException) else error


def memberships(
    brokers: str, wanted: Iterable[str]
) -> tuple[list[Membership], list[str]]:
    """Members and commits of groups; those that cannot be read are told apart."""
    asked = sorted(wanted)
    if not asked:
        return [], []
    # One group a request is all that Kafka's client can: ask for all, then wait.
    committed = {name: _ask_committed(brokers, name) for name in asked}
    described = client(brokers).describe_consumer_groups(
        asked, request_timeout=TIMEOUT_S
    )
    found, problems = [], []
    for name in asked:
        try:
            offsets = _committed(settled(committed[name]))
            found.append(_membership(name, settled(described[name]), offsets))
        except (Busy, KafkaRefused) as error:
            problems.append(f"group {name}: {error}")
    return found, problems


def _ask_committed(brokers: str, name: str) -> Any:
    wanted = [ConsumerGroupTopicPartitions(name)]
    asked = client(brokers).list_consumer_group_offsets(
        wanted, request_timeout=TIMEOUT_S
    )
    return asked[name]


def _committed(answer: Any) -> dict[Place, int]:
    return {
        (place.topic, place.partition): place.offset
        for place in answer.topic_partitions
        if place.offset >= 0 and place.error is None
    }


def _membership(
    name: str, described: Any, committed: Mapping[Place, int]
) -> Membership:
    members = {
        f"{member.client_id} {member.host}".strip(): tuple(
            (place.topic, place.partition)
            for place in member.assignment.topic_partitions
        )
        for member in described.members
    }
    return Membership(name, described.state.name.lower(), members, committed)


def set_offsets(brokers: str, name: str, offsets: Mapping[Place, int]) -> None:
    """Commit these offsets for a group without members."""
    wanted = [
        TopicPartition(topic, number, offset)
        for (topic, number), offset in offsets.items()
    ]
    asked = client(brokers).alter_consumer_group_offsets(
        [ConsumerGroupTopicPartitions(name, wanted)], request_timeout=TIMEOUT_S
    )
    # A group with members succeeds as a whole, with an error beside each partition.
    for place in settled(asked[name]).topic_partitions:
        if place.error is not None:
            raise failure(place.error)
