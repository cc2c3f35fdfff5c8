"""When entries are handed to Kafka, and when a request is refused at once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingest.edge.circuit import OPEN_S
from ingest.edge.delivery import Delivery
from ingest.errors import TooBusy, Unavailable
from ingest.kafka.producer import Message, queue_full
from ingest.kafka.runs import Run
from tests.ingest.edge.senders import FakeProducer

ENTRY: list[Message] = [(b'{"message":"a"}', b"api/1", None)]


class FullProducer(FakeProducer):
    """Its queue is full while brokers are well."""

    async def send(self, messages: Sequence[Message]) -> list[Run]:
        self.asked += 1
        raise queue_full()


class Clocked(Delivery):
    """A delivery whose time a test sets."""

    def __init__(self, producer: FakeProducer) -> None:
        self.now = 1_000.0
        super().__init__(producer, clock=lambda: self.now)


async def test_it_refuses_from_the_first_failure_until_one_may_try_again() -> None:
    kafka = FakeProducer()
    delivery = Clocked(kafka)
    kafka.away = True
    with pytest.raises(Unavailable):
        await delivery.send(ENTRY)

    assert delivery.refuses
    delivery.now += OPEN_S
    assert not delivery.refuses


async def test_it_takes_requests_again_after_one_success() -> None:
    kafka = FakeProducer()
    delivery = Clocked(kafka)
    kafka.away = True
    with pytest.raises(Unavailable):
        await delivery.send(ENTRY)
    kafka.away = False
    delivery.now += OPEN_S

    await delivery.send(ENTRY)
    await delivery.send(ENTRY)

    assert not delivery.refuses
    assert len(kafka.sent) == 2


async def test_a_full_queue_refuses_one_request_and_not_the_next() -> None:
    kafka = FullProducer()
    delivery = Clocked(kafka)

    for _ in range(2):
        with pytest.raises(TooBusy):
            await delivery.send(ENTRY)

    assert kafka.asked == 2
    assert not delivery.refuses
