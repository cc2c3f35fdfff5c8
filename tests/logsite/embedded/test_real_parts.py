"""The real parts that tests use start and answer."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from ingest.kafka.topics import alive_brokers, ensure_topic

pytestmark = pytest.mark.parts


def test_kafka_answers(kafka_brokers: str) -> None:
    assert alive_brokers(kafka_brokers) == {1}


def test_a_topic_that_is_there_is_left_as_it_is(kafka_brokers: str, topic: str) -> None:
    assert ensure_topic(kafka_brokers, topic, 5, 1, 10**9, 1000) is False


def test_mongodb_takes_majority_writes(mongo: Any) -> None:
    mongo.create_collection("things", writeConcern={"w": "majority"})

    assert mongo.list_collection_names() == ["things"]


def test_valkey_answers(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping() is True
