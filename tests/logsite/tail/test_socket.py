"""The websocket: who is refused, what it answers to messages, when it is closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from ingest.tail.hub import Hub
from logsite.tail import socket
from logsite.tail.access import Person
from logsite.tail.socket import TailSocket
from tests.ingest.tail.kafka import unraised
from tests.ingest.worker import line, produce
from tests.logsite.tail.client import WAIT_S, Client

BOB = Person("user 2")
NOBODY_THERE = "127.0.0.1:1"

Open = Callable[..., Client]


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> list[Person | None]:
    """Whom the next checks find; the last one stays."""
    answers: list[Person | None] = [BOB]

    def find(_scope: Any) -> Person | None:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    monkeypatch.setattr(socket, "person_of", find)
    return answers


@pytest.fixture
async def connect(person: list[Person | None]) -> AsyncIterator[Open]:
    opened: list[Client] = []

    def make(hub: Hub, query: str = "", **options: Any) -> Client:
        app = TailSocket.as_asgi(hub=hub, **options)
        opened.append(Client(app, query))
        return opened[-1]

    yield make
    for one in opened:
        await one.leave()


@pytest.fixture
def nowhere() -> Hub:
    """A hub that is never asked to read."""
    return Hub(NOBODY_THERE, "logs", unraised)


async def test_strangers_are_refused_before_it_is_accepted(
    connect: Open, person: list[Person | None], nowhere: Hub
) -> None:
    person[:] = [None]

    assert not await connect(nowhere).connect()


async def test_a_filter_that_makes_no_sense_is_answered_and_closed(
    connect: Open, nowhere: Hub
) -> None:
    one = connect(nowhere, "level=loud")
    assert await one.connect()

    assert (await one.frame("error"))["code"] == "bad_level"
    assert await one.close_code() == socket.BAD_REQUEST


async def test_one_person_has_only_so_many(
    connect: Open, nowhere: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "MAX_SOCKETS", 0)
    one = connect(nowhere)
    assert await one.connect()

    assert (await one.frame("error"))["code"] == "too_many_tails"
    assert await one.close_code() == socket.TOO_MANY


class Talking:
    """A tail that always has something to say."""

    def __init__(self, *_asked: object) -> None:
        self.left = False

    async def frames(self) -> AsyncIterator[bytes]:
        while True:
            yield b'{"type": "status"}'
            await asyncio.sleep(0)

    def leave(self) -> None:
        self.left = True


async def test_it_is_closed_when_nobody_reads_for_too_long(
    connect: Open, nowhere: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def blocked(_socket: TailSocket, text_data: str) -> None:
        await asyncio.sleep(WAIT_S)

    monkeypatch.setattr(socket, "Tail", Talking)
    monkeypatch.setattr(socket, "STALLED_S", 0.05)
    monkeypatch.setattr(TailSocket, "send", blocked)
    one = connect(nowhere)
    assert await one.connect()

    assert await one.close_code() == socket.TOO_SLOW


async def test_nothing_is_left_of_many_who_came_and_went(
    person: list[Person | None], nowhere: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "Tail", Talking)
    monkeypatch.setattr(socket, "MAX_SOCKETS", 1_000)
    app, before = TailSocket.as_asgi(hub=nowhere), len(asyncio.all_tasks())

    some = [Client(app, "") for _ in range(200)]
    assert all(await asyncio.gather(*(one.connect() for one in some)))
    assert socket._open == {BOB: 200}
    await asyncio.gather(*(one.leave() for one in some))

    assert socket._open == {}
    assert len(asyncio.all_tasks()) == before


@pytest.mark.parts
async def test_it_is_closed_when_the_session_has_ended(
    connect: Open, person: list[Person | None], kafka_brokers: str, topic: str
) -> None:
    person[:] = [BOB, None]
    one = connect(Hub(kafka_brokers, topic, unraised), check_again_s=0.05)
    assert await one.connect()

    assert await one.close_code() == socket.NOT_ALLOWED


@pytest.mark.parts
async def test_it_sends_what_matches_and_takes_another_filter(
    connect: Open, kafka_brokers: str, topic: str
) -> None:
    one = connect(Hub(kafka_brokers, topic, unraised), "q=declined")
    assert await one.connect()
    assert (await one.frame("hello"))["words"] == [["declined"]]
    produce(kafka_brokers, topic, [line(1), line(2, "refund paid")])
    [entry] = (await one.frame("entries"))["entries"]
    assert entry["message"] == "card declined 1"

    await one.send({"type": "filter", "q": "refund"})

    assert (await one.frame("hello"))["filter"] == 1
    produce(kafka_brokers, topic, [line(3), line(4, "refund paid")])
    [entry] = (await one.frame("entries"))["entries"]
    assert entry["message"] == "refund paid 4"


@pytest.mark.parts
async def test_a_message_of_no_sense_is_answered_and_it_goes_on(
    connect: Open, kafka_brokers: str, topic: str
) -> None:
    one = connect(Hub(kafka_brokers, topic, unraised))
    assert await one.connect()
    await one.frame("hello")
    await one.send({"type": "stop"})
    assert (await one.frame("error"))["code"] == "bad_message"

    produce(kafka_brokers, topic, [line(1)])

    assert (await one.frame("entries"))["entries"]
