"""Sending a few messages and waiting for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError

from ingest.errors import Busy
from ingest.kafka import outbox
from ingest.kafka.outbox import Letter, Outbox

LETTER = Letter(None, b"not json", [])


class Client:
    """A producer whose messages end with this error, or well."""

    made = 0
    error: KafkaError | None = None

    def __init__(self, _: object) -> None:
        Client.made += 1
        self._reports: list[Callable[..., None]] = []

    def produce(self, *_: object, on_delivery: Callable[..., None], **__: Any) -> None:
        self._reports.append(on_delivery)

    def poll(self, _: float) -> None: ...

    def flush(self, _: float) -> int:
        for report in self._reports:
            report(Client.error, None)
        self._reports.clear()
        return 0


@pytest.fixture(autouse=True)
def client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "Producer", Client)
    monkeypatch.setattr(Client, "made", 0)
    monkeypatch.setattr(Client, "error", None)


def test_it_keeps_its_producer() -> None:
    box = Outbox("brokers")
    box.send("logs.dlq", [LETTER])
    box.send("logs.dlq", [LETTER])

    assert Client.made == 1


def test_one_message_that_is_not_acknowledged_is_busy() -> None:
    box = Outbox("brokers")
    Client.error = KafkaError(KafkaError._MSG_TIMED_OUT)

    with pytest.raises(Busy):
        box.send("logs.dlq", [LETTER])

    assert Client.made == 1


def test_after_a_fatal_error_it_takes_a_new_producer() -> None:
    box = Outbox("brokers")
    Client.error = KafkaError(KafkaError._FATAL, "fenced", True)
    with pytest.raises(Busy):
        box.send("logs.dlq", [LETTER])

    Client.error = None
    box.send("logs.dlq", [LETTER])

    assert Client.made == 2
