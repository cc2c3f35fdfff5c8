"""What the consumer makes of the client's errors."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from ingest.kafka.consumer import COMMIT_AGAIN_S, LogConsumer
from ingest.kafka.reader import LogReader


class Trouble:
    """A message that is none: the client's way of telling an error."""

    def __init__(self, code: int) -> None:
        self._error = KafkaError(code)

    def error(self) -> KafkaError:
        return self._error

    def partition(self) -> int:
        return 0


class Client:
    """Brings one error and nothing else."""

    def __init__(self, code: int) -> None:
        self._code = code

    def consume(self, *_: object) -> list[Any]:
        return [Trouble(self._code)]


def consumer_that_meets(code: int, monkeypatch: pytest.MonkeyPatch) -> LogConsumer:
    consumer = LogConsumer("127.0.0.1:1", "logs", "group")
    consumer.close()
    monkeypatch.setattr(consumer, "_consumer", Client(code))
    return consumer


def test_a_fatal_error_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = consumer_that_meets(KafkaError._FATAL, monkeypatch)

    with pytest.raises(KafkaException):
        consumer.poll(0)


def test_a_broker_that_is_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = consumer_that_meets(KafkaError._ALL_BROKERS_DOWN, monkeypatch)

    assert not consumer.poll(0).messages


class Commits:
    """Keeps what is committed, and brings nothing."""

    def __init__(self) -> None:
        self.made: list[dict[int, int]] = []

    def commit(self, offsets: list[TopicPartition]) -> None:
        self.made.append({each.partition: each.offset for each in offsets})

    def consume(self, *_: object) -> list[Any]:
        return []


@pytest.fixture
def commits() -> Commits:
    return Commits()


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch, commits: Commits) -> LogConsumer:
    consumer = LogConsumer("127.0.0.1:1", "logs", "group")
    consumer.close()
    monkeypatch.setattr(consumer, "_consumer", commits)
    return consumer


def after_a_while(consumer: LogConsumer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "_committed_at", -COMMIT_AGAIN_S)
    consumer.poll(0)


def places(offsets: dict[int, int]) -> list[TopicPartition]:
    return [TopicPartition("logs", p, offset) for p, offset in offsets.items()]


def test_a_commit_that_failed_is_made_again(
    consumer: LogConsumer, commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.commit({0: 5})
    consumer._confirm(KafkaError(KafkaError._WAIT_COORD), places({0: 5}))

    after_a_while(consumer, monkeypatch)

    assert commits.made == [{0: 5}, {0: 5}]


def test_a_commit_that_was_confirmed_is_not_made_again(
    consumer: LogConsumer, commits: Commits, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer.commit({0: 5})
    consumer._confirm(None, places({0: 5}))

    after_a_while(consumer, monkeypatch)

    assert commits.made == [{0: 5}]


def test_the_answer_to_an_older_commit_confirms_no_newer_one(
    consumer: LogConsumer, commits: Commits
) -> None:
    consumer.commit({0: 5, 1: 7})
    consumer.commit({0: 6})
    consumer._confirm(None, places({0: 5, 1: 7}))

    consumer.commit({2: 1})

    assert commits.made[-1] == {0: 6, 2: 1}


@pytest.mark.parts
def test_a_broker_confirms_what_it_was_told(kafka_brokers: str, topic: str) -> None:
    reader = LogReader(kafka_brokers, topic)
    reader.start({0: 0})

    reader.commit({0: 0})

    while reader._unconfirmed:  # as long as the limit of a test allows
        reader.poll(0.1)
    reader.close()
