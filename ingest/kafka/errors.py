"""What Kafka's errors mean for us: away for now, or refused for good.

Kafka tells them in three places: as a future's exception, beside each partition of an
answer, and in a list beside a group list. All of them go through `failure`.
"""

from __future__ import annotations

from typing import Final

from confluent_kafka import KafkaError

from ingest.errors import Busy, Refused


class KafkaAway(Busy):
    """No answer, or one that may be another soon."""


class NoSuchTopic(KafkaAway):
    """The topic is not there (yet)."""


class KafkaRefused(Refused):
    """Kafka says no, and would say so again. `status` is what HTTP calls it."""

    def __init__(self, status: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(code, message, hint)
        self.status = status


Meaning = tuple[int, str, str]  # HTTP status, our code, what to do
_FORBIDDEN: Final = "Kafka's ACLs do not let logsite do this."
_ACTIVE: Final = "Stop the group's members first."
_REFUSED: Final[dict[int, Meaning]] = {
    KafkaError.TOPIC_ALREADY_EXISTS: (409, "topic_exists", "Choose another name."),
    KafkaError.TOPIC_EXCEPTION: (
        400,
        "bad_topic_name",
        "Use up to 249 letters, digits, '.', '_' and '-'.",
    ),
    KafkaError.UNKNOWN_TOPIC_OR_PART: (404, "no_such_topic", "Is the name right?"),
    KafkaError.INVALID_PARTITIONS: (
        400,
        "bad_partitions",
        "A topic has at least one partition; they can be added, never taken away.",
    ),
    KafkaError.INVALID_REPLICATION_FACTOR: (
        400,
        "bad_replication",
        "There cannot be more replicas than brokers.",
    ),
    KafkaError.INVALID_CONFIG: (400, "bad_setting", "See Kafka's topic settings."),
    KafkaError.INVALID_REQUEST: (400, "bad_request", ""),
    KafkaError.POLICY_VIOLATION: (403, "policy_violation", "The cluster forbids it."),
    KafkaError.TOPIC_DELETION_DISABLED: (
        403,
        "deletion_disabled",
        "The brokers run with delete.topic.enable=false.",
    ),
    KafkaError.TOPIC_AUTHORIZATION_FAILED: (403, "not_authorized", _FORBIDDEN),
    KafkaError.GROUP_AUTHORIZATION_FAILED: (403, "not_authorized", _FORBIDDEN),
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: (403, "not_authorized", _FORBIDDEN),
    KafkaError.GROUP_ID_NOT_FOUND: (404, "no_such_group", "Is the name right?"),
    KafkaError.NON_EMPTY_GROUP: (409, "group_active", _ACTIVE),
    # So Kafka answers when offsets of a group with members are set from outside.
    KafkaError.UNKNOWN_MEMBER_ID: (409, "group_active", _ACTIVE),
    KafkaError.GROUP_SUBSCRIBED_TO_TOPIC: (409, "group_active", _ACTIVE),
    KafkaError._INVALID_ARG: (400, "bad_request", ""),
}


def failure(error: KafkaError) -> KafkaAway | KafkaRefused:
    """The exception that says what an error of Kafka means."""
    meaning = _REFUSED.get(error.code())
    if meaning is None:
        return KafkaAway(f"Kafka: {error.str()}")
    status, code, hint = meaning
    return KafkaRefused(status, code, error.str(), hint)
