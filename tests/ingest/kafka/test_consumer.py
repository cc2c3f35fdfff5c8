"""What the consumer makes of the client's errors."""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from ingest.kafka.consumer import LogConsumer


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
