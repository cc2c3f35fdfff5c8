"""Settings that cannot work are refused at boot."""

from __future__ import annotations

import pytest

from ingest.checks import (
    check_brokers,
    check_mongo_url,
    check_public_url,
    check_secret,
    check_settings,
    check_topic,
)


def test_it_finds_nothing_wrong_with_the_defaults() -> None:
    assert check_settings() == []


@pytest.mark.parametrize("brokers", ["", "kafka-1", "http://kafka:9092", "a:1,,b:2"])
def test_it_refuses_what_is_no_list_of_brokers(brokers: str) -> None:
    assert [message.id for message in check_brokers(brokers)] == ["ingest.E001"]


@pytest.mark.parametrize("brokers", ["kafka-1:9092", "a:1, b:2", "[::1]:9092"])
def test_it_takes_brokers_with_a_port(brokers: str) -> None:
    assert check_brokers(brokers) == []


@pytest.mark.parametrize("topic", ["", "..", "my logs", "x" * 250])
def test_it_refuses_a_name_that_kafka_would_refuse(topic: str) -> None:
    assert [message.id for message in check_topic(topic)] == ["ingest.E002"]


def test_it_refuses_an_unreadable_mongo_url() -> None:
    found = check_mongo_url("localhost:27017")

    assert [message.id for message in found] == ["ingest.E003"]


def test_it_warns_about_a_mongo_url_without_replica_set() -> None:
    found = check_mongo_url("mongodb://localhost:27017/logsite")

    assert [message.id for message in found] == ["ingest.W001"]


def test_it_does_not_ask_the_name_server_at_boot() -> None:
    assert check_mongo_url("mongodb+srv://cluster.example.org/logsite") == []


def test_it_refuses_a_short_secret() -> None:
    assert [message.id for message in check_secret("x" * 31)] == ["ingest.E004"]


@pytest.mark.parametrize("url", ["logs.example.org", "https://example.org/logs/"])
def test_it_refuses_a_public_url_with_a_path_or_no_scheme(url: str) -> None:
    assert [message.id for message in check_public_url(url)] == ["ingest.E005"]
