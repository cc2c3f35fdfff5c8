"""/readyz asks the real parts."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from ingest import mongo
from logsite import parts
from logsite.health import Answer, State, answer_of

NOBODY = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def mongodb_as_before(settings: Settings) -> Iterator[None]:
    yield
    mongo.configure(settings.MONGO_URL)


def asked(name: str) -> Answer:
    [part] = [q.part for q in parts.board().questions if q.part.name == name]
    return answer_of(part)


@pytest.mark.parts
def test_it_finds_kafka_and_the_topic(
    settings: Settings, kafka_brokers: str, topic: str
) -> None:
    settings.KAFKA_BROKERS, settings.LOG_TOPIC = kafka_brokers, topic

    answer = asked("kafka")

    assert answer == Answer(State.OK, details={"brokers": 1, "partitions": 3})


@pytest.mark.parts
def test_it_does_not_create_a_topic_by_asking(
    settings: Settings, kafka_brokers: str
) -> None:
    settings.KAFKA_BROKERS, settings.LOG_TOPIC = kafka_brokers, "nobody-made-this"

    assert asked("kafka").reason == "topic nobody-made-this is missing"
    assert asked("kafka").reason == "topic nobody-made-this is missing"


def test_it_says_soon_that_kafka_is_away(settings: Settings) -> None:
    settings.KAFKA_BROKERS = NOBODY
    started = time.monotonic()

    answer = asked("kafka")

    assert answer.state is State.DOWN
    assert "Kafka does not answer" in answer.reason
    assert time.monotonic() - started < 3


@pytest.mark.parts
def test_it_finds_the_primary_of_mongodb(mongo_url: str) -> None:
    mongo.configure(mongo_url)

    assert asked("mongodb").state is State.OK


def test_it_says_soon_that_mongodb_is_away() -> None:
    mongo.configure(f"mongodb://{NOBODY}/logsite?replicaSet=logsite")
    started = time.monotonic()

    assert asked("mongodb").state is State.DOWN
    assert asked("watch").state is State.DOWN
    assert time.monotonic() - started < 5


@pytest.mark.parts
def test_it_finds_valkey(settings: Settings, redis_url: str) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": redis_url}}

    assert asked("valkey").state is State.OK


def test_valkey_away_is_only_degraded(settings: Settings) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": f"redis://{NOBODY}"}}

    assert asked("valkey").state is State.DEGRADED


@pytest.mark.django_db
def test_it_finds_the_sql_database() -> None:
    assert asked("sql") == Answer(State.OK, details={"kind": "sqlite"})


def test_it_measures_the_disk() -> None:
    assert asked("disk").details["free_mb"] > 0
