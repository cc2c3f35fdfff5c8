"""The topic verbs on a real Kafka."""

from __future__ import annotations

import uuid

import pytest

from ingest.kafka import topics
from ingest.kafka.admin import metadata_of
from ingest.kafka.errors import KafkaAway, KafkaRefused
from ingest.kafka.topics import Wanted

pytestmark = pytest.mark.parts
NOBODY = "127.0.0.1:1"


@pytest.fixture
def name() -> str:
    return f"orders-{uuid.uuid4().hex[:8]}"


def partitions(brokers: str, name: str) -> int:
    found = metadata_of(brokers).topics.get(name)
    return len(found.partitions) if found else 0


def own_settings(brokers: str, name: str) -> dict[str, str]:
    found = topics.settings_of(brokers, name)
    return {setting.name: setting.value for setting in found if setting.is_own}


def test_it_creates_a_topic_as_it_is_wanted(kafka_brokers: str, name: str) -> None:
    topics.create(kafka_brokers, Wanted(name, 2, 1, {"retention.ms": "60000"}))

    assert partitions(kafka_brokers, name) == 2
    assert own_settings(kafka_brokers, name) == {"retention.ms": "60000"}


def test_it_leaves_to_the_brokers_what_is_not_said(
    kafka_brokers: str, name: str
) -> None:
    topics.create(kafka_brokers, Wanted(name))

    assert partitions(kafka_brokers, name) == 1
    assert own_settings(kafka_brokers, name) == {}


def test_a_dry_run_creates_nothing(kafka_brokers: str, name: str) -> None:
    topics.create(kafka_brokers, Wanted(name, 2, 1), dry_run=True)

    assert partitions(kafka_brokers, name) == 0


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted("no spaces"), "bad_topic_name"),
        (Wanted("orders", 1, 2), "bad_replication"),
        (Wanted("orders", 1, 1, {"retention.ms": "soon"}), "bad_setting"),
        (Wanted("orders", 1, 1, {"retention.s": "1"}), "bad_setting"),
        (Wanted("orders", 0, 1), "bad_partitions"),
    ],
)
def test_it_says_why_kafka_refuses_a_topic(
    kafka_brokers: str, wanted: Wanted, code: str
) -> None:
    with pytest.raises(KafkaRefused) as refused:
        topics.create(kafka_brokers, wanted, dry_run=True)

    assert refused.value.code == code
    assert refused.value.status == 400
    assert refused.value.message


def test_it_says_that_a_topic_exists(kafka_brokers: str, topic: str) -> None:
    with pytest.raises(KafkaRefused) as refused:
        topics.create(kafka_brokers, Wanted(topic))

    assert (refused.value.status, refused.value.code) == (409, "topic_exists")


def test_it_deletes_a_topic(kafka_brokers: str, topic: str) -> None:
    topics.delete(kafka_brokers, topic)

    assert partitions(kafka_brokers, topic) == 0


def test_it_says_that_a_topic_to_delete_is_missing(kafka_brokers: str) -> None:
    with pytest.raises(KafkaRefused) as refused:
        topics.delete(kafka_brokers, "nothing-here")

    assert (refused.value.status, refused.value.code) == (404, "no_such_topic")


def test_it_keeps_what_logsite_lives_on(kafka_brokers: str, topic: str) -> None:
    for name, kept in (
        (topic, frozenset({topic})),
        ("__consumer_offsets", frozenset()),
    ):
        with pytest.raises(KafkaRefused, match="own|itself"):
            topics.delete(kafka_brokers, name, kept)

    assert partitions(kafka_brokers, topic) == 3


def test_it_adds_partitions_but_takes_none_away(kafka_brokers: str, topic: str) -> None:
    topics.add_partitions(kafka_brokers, topic, 5)

    with pytest.raises(KafkaRefused) as refused:
        topics.add_partitions(kafka_brokers, topic, 4)
    assert refused.value.code == "bad_partitions"
    assert partitions(kafka_brokers, topic) == 5


def test_it_alters_one_setting_and_leaves_the_others(
    kafka_brokers: str, topic: str
) -> None:
    before = own_settings(kafka_brokers, topic)

    topics.alter_settings(kafka_brokers, topic, {"segment.ms": "60000"})
    altered = own_settings(kafka_brokers, topic)
    topics.alter_settings(kafka_brokers, topic, {"segment.ms": None})

    assert altered == before | {"segment.ms": "60000"}
    assert own_settings(kafka_brokers, topic) == before


def test_a_dry_run_alters_nothing(kafka_brokers: str, topic: str) -> None:
    before = own_settings(kafka_brokers, topic)

    topics.alter_settings(kafka_brokers, topic, {"segment.ms": "60000"}, dry_run=True)
    topics.add_partitions(kafka_brokers, topic, 5, dry_run=True)

    assert own_settings(kafka_brokers, topic) == before
    assert partitions(kafka_brokers, topic) == 3


def test_it_says_that_kafka_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "CREATE_TIMEOUT_S", 0.3)

    with pytest.raises(KafkaAway):
        topics.create(NOBODY, Wanted("orders"))
