"""Taking Kafka away from the edge: 503, nothing claimed that is not there, recovery."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ingest.edge.app import EdgeApp
from ingest.kafka.topics import ensure_topic
from tests.ingest.edge.senders import SECRET, Reply, post, tokens
from tests.ingest.kafka.reading import stored
from tests.parts import Part, start_kafka

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(180)]

TOPIC = "logs"
RECOVERY_S = 30.0


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[tuple[Part, str]]:
    """A Kafka that this test may kill."""
    part, brokers = start_kafka(tmp_path)
    ensure_topic(brokers, TOPIC, 1, 1, 2**30, 3_600_000)
    yield part, brokers
    part.stop()


@asynccontextmanager
async def edge_of(brokers: str) -> AsyncIterator[EdgeApp]:
    edge = EdgeApp(brokers, TOPIC, tokens(), SECRET)
    await edge.start()
    yield edge
    await edge.stop()


class Sender:
    """Posts requests of three entries; remembers what it was told is accepted."""

    def __init__(self, edge: EdgeApp) -> None:
        self._edge = edge
        self.accepted: set[str] = set()

    async def post(self) -> Reply:
        name = uuid.uuid4().hex
        lines = [b'{"message": "%s %d"}' % (name.encode(), n) for n in range(3)]
        reply = await post(self._edge, b"\n".join(lines))
        if reply.status == 202:
            self.accepted |= {f"{name} {n}" for n in range(3)}
        return reply

    async def seconds_to_refuse(self) -> float:
        began = time.monotonic()
        assert (await self.post()).status == 503
        return time.monotonic() - began

    async def until_accepted(self) -> None:
        """Post until a request is accepted again."""
        async with asyncio.timeout(RECOVERY_S):
            while True:
                if (await self.post()).status == 202:
                    return
                await asyncio.sleep(0.2)


def messages(brokers: str) -> Counter[str]:
    return Counter(json.loads(m.value())["message"] for m in stored(brokers, TOPIC, 0))


async def test_a_dead_kafka_gives_503_at_once_and_comes_back(
    own_kafka: tuple[Part, str],
) -> None:
    part, brokers = own_kafka
    async with edge_of(brokers) as edge:
        sender = Sender(edge)
        assert (await sender.post()).status == 202

        part.stop()
        assert await sender.seconds_to_refuse() < 16
        refusals = [await sender.seconds_to_refuse() for _ in range(10)]
        assert min(refusals) < 0.05

        part.start()
        await sender.until_accepted()

    found = messages(brokers)
    assert sender.accepted <= set(found)
    assert {found[message] for message in sender.accepted} == {1}


async def test_a_frozen_kafka_loses_nothing_that_was_accepted(
    own_kafka: tuple[Part, str],
) -> None:
    part, brokers = own_kafka
    async with edge_of(brokers) as edge:
        sender = Sender(edge)
        await sender.post()

        os.kill(part.run.pid, signal.SIGSTOP)
        replies = await asyncio.gather(*(sender.post() for _ in range(50)))
        os.kill(part.run.pid, signal.SIGCONT)
        await sender.until_accepted()

    assert {reply.status for reply in replies} == {503}
    assert sender.accepted <= set(messages(brokers))


async def test_many_requests_during_an_outage_take_no_memory(
    own_kafka: tuple[Part, str],
) -> None:
    part, brokers = own_kafka
    async with edge_of(brokers) as edge:
        sender = Sender(edge)
        await sender.post()
        part.stop()
        await sender.seconds_to_refuse()

        statuses = Counter([(await sender.post()).status for _ in range(3_000)])
        waiting = edge.waiting

    assert statuses == {503: 3_000}
    assert waiting < 50
