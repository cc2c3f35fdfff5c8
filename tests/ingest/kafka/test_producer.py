"""The producer against a real Kafka, and against one that is not there."""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME

from ingest.errors import TooBusy, Unavailable
from ingest.kafka import admin, config
from ingest.kafka.identity import TopicIdentity
from ingest.kafka.producer import BREATH, EntryProducer, Message, _Flight
from ingest.kafka.runs import Run, runs_of
from tests.ingest.kafka.reading import stored


@asynccontextmanager
async def started(brokers: str, topic: str) -> AsyncIterator[EntryProducer]:
    producer = EntryProducer(brokers, topic)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def entries(count: int, key: bytes = b"billing/1") -> list[Message]:
    return [(b'{"n":%d}' % number, key, None) for number in range(count)]


def test_it_folds_places_into_runs() -> None:
    places = [(1, 7, 50), (0, 3, 50), (0, 4, 50), (0, 6, 50), (0, 5, 51), (1, 8, 50)]

    assert runs_of(places) == [
        Run(0, 3, 2, 50),
        Run(0, 5, 1, 51),
        Run(0, 6, 1, 50),
        Run(1, 7, 2, 50),
    ]
    assert runs_of([]) == []


class Report:
    """What the client says of a delivered message."""

    def __init__(self, offset: int | None) -> None:
        self._offset = offset

    def partition(self) -> int:
        return 0

    def offset(self) -> int | None:
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        return TIMESTAMP_LOG_APPEND_TIME, 50


async def test_a_message_that_the_broker_had_already_is_acknowledged() -> None:
    flight = _Flight(2)
    flight.report(None, Report(7))
    flight.report(None, Report(None))  # it says no more than "I have it"

    await flight.done

    assert (flight.error, flight.places) == (None, [(0, 7, 50)])


def test_its_settings_claim_nothing_that_is_not_safe() -> None:
    settings = config.producer("broker:9092")

    assert settings["acks"] == "all"
    assert settings["enable.idempotence"] is True
    assert settings["message.timeout.ms"] == 10_000


@pytest.mark.parts
async def test_it_knows_offset_and_append_time_of_every_message(
    kafka_brokers: str, topic: str
) -> None:
    async with started(kafka_brokers, topic) as producer:
        runs = await producer.send(entries(5_000))

    (partition,) = {run.partition for run in runs}
    told = {run.first + n: run.appended_ms for run in runs for n in range(run.count)}
    found = {m.offset(): m.timestamp() for m in stored(kafka_brokers, topic, partition)}
    assert found == {
        offset: (TIMESTAMP_LOG_APPEND_TIME, at) for offset, at in told.items()
    }


@pytest.mark.parts
async def test_it_keeps_the_order_of_one_source(kafka_brokers: str, topic: str) -> None:
    async with started(kafka_brokers, topic) as producer:
        (run, *_) = await producer.send(entries(3_000))

    values = [
        json.loads(m.value()) for m in stored(kafka_brokers, topic, run.partition)
    ]
    assert [value["n"] for value in values] == list(range(3_000))


@pytest.mark.parts
async def test_it_sends_key_and_headers(kafka_brokers: str, topic: str) -> None:
    async with started(kafka_brokers, topic) as producer:
        (run,) = await producer.send(
            [(b"{}", b"billing/web-1", {"request": b"\0" * 16})]
        )

    (message,) = stored(kafka_brokers, topic, run.partition)
    assert message.key() == b"billing/web-1"
    assert message.headers() == [("request", b"\0" * 16)]


@pytest.mark.parts
async def test_it_serves_many_requests_at_once(kafka_brokers: str, topic: str) -> None:
    async with started(kafka_brokers, topic) as producer:
        sent = [producer.send(entries(50, b"s/%d" % n)) for n in range(40)]
        answers = await asyncio.gather(*sent)

    places = {
        (run.partition, run.first + n)
        for runs in answers
        for run in runs
        for n in range(run.count)
    }
    assert len(places) == 40 * 50


@pytest.mark.parts
async def test_it_delivers_what_is_under_way_when_it_stops(
    kafka_brokers: str, topic: str
) -> None:
    producer = EntryProducer(kafka_brokers, topic)
    await producer.start()
    sending = asyncio.create_task(producer.send(entries(100)))
    await asyncio.sleep(0)

    await producer.stop()

    assert sum(run.count for run in await sending) == 100


@pytest.mark.parts
async def test_it_knows_which_life_of_a_topic_this_is(
    kafka_brokers: str, topic: str
) -> None:
    found = await TopicIdentity(kafka_brokers, topic).current()

    assert found is not None
    assert len(found) == 16
    missing = TopicIdentity(kafka_brokers, f"missing-{uuid.uuid4().hex}")
    assert await missing.current() is None
    assert admin.topic_id(kafka_brokers, topic)


@pytest.fixture
def nobody() -> str:
    """An address where no broker listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = config.producer

    def hasty(brokers: str) -> dict[str, Any]:
        return settings(brokers) | {
            "message.timeout.ms": 300,
            "queue.buffering.max.messages": 1_000,
        }

    monkeypatch.setattr(config, "producer", hasty)


@pytest.mark.usefixtures("impatient")
async def test_it_fails_in_time_when_no_broker_answers(nobody: str) -> None:
    async with started(nobody, "logs") as producer:
        with pytest.raises(Unavailable) as caught:
            await producer.send(entries(10))

    assert caught.value.code == "brokers_unavailable"


@pytest.mark.usefixtures("impatient")
async def test_it_refuses_at_once_when_its_queue_is_full(nobody: str) -> None:
    async with started(nobody, "logs") as producer:
        with pytest.raises(TooBusy):
            await producer.send(entries(5_000))

        assert 1_000 <= producer.waiting < 1_100  # the client's own news count too


async def test_a_message_that_the_client_refuses_fails_its_request(
    nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = config.producer
    small = {"message.max.bytes": 1_000}
    monkeypatch.setattr(config, "producer", lambda brokers: settings(brokers) | small)
    async with started(nobody, "logs") as producer:
        with pytest.raises(Unavailable, match="size too large"):
            await producer.send([*entries(1), (bytes(2_000), b"s/1", None)])


async def test_it_says_so_when_it_was_not_started(nobody: str) -> None:
    with pytest.raises(Unavailable):
        await EntryProducer(nobody, "logs").send(entries(1))


async def test_it_has_nothing_to_do_for_no_messages(nobody: str) -> None:
    assert await EntryProducer(nobody, "logs").send([]) == []


async def test_it_takes_all_of_a_request_into_its_queue_or_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(config, "QUEUE_MESSAGES", 1_000)
    async with started("127.0.0.1:1", "logs") as producer:
        with pytest.raises(TooBusy):
            await producer.send(entries(1_001))

        assert producer.waiting < 500  # only the client's own news


async def test_a_request_is_promised_the_place_that_it_has_not_taken_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(config, "QUEUE_MESSAGES", 2 * BREATH)
    async with started("127.0.0.1:1", "logs") as producer:
        sending = asyncio.create_task(producer.send(entries(BREATH + 1_000)))
        await asyncio.sleep(0)  # it has handed on its first BREATH messages

        with pytest.raises(TooBusy):
            await producer.send(entries(BREATH - 500))

        assert BREATH <= producer.waiting < 2 * BREATH - 500
        sending.cancel()
