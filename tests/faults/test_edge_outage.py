"""Kafka away from a real web process: refused at once, flat memory, back by itself."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from ingest.kafka.topics import ensure_topic
from tests.faults.webs import Web, new_token, running_web, site_environment
from tests.ingest.kafka.reading import stored
from tests.parts import Part, start_kafka

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(240)]

TOPIC = "logs"
RECOVERY_S = 10.0  # after Kafka is back
GROWTH_MB = 64  # of a web process during an outage


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[tuple[Part, str]]:
    """A Kafka that this test may kill."""
    part, brokers = start_kafka(tmp_path / "kafka")
    ensure_topic(brokers, TOPIC, 1, 1, 2**30, 3_600_000)
    yield part, brokers
    part.stop()


@contextmanager
def web_on(folder: Path, brokers: str) -> Iterator[Web]:
    environment = site_environment(folder, {"KAFKA_BROKERS": brokers})
    with running_web(folder, environment, new_token(environment)) as web:
        yield web


class Sender:
    """Posts entries of their own name; remembers which were answered 202."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self.accepted: set[str] = set()

    def post(self, keyed: bool = False) -> httpx.Response:
        name = uuid.uuid4().hex
        body = b'{"message": "%s"}' % name.encode()
        reply = self._web.post(body, key=name if keyed else None)
        if reply.status_code == 202:
            self.accepted.add(name)
        return reply

    def post_many(self, count: int) -> list[httpx.Response]:
        """Twenty at a time: one of them may wait for its turn to try Kafka."""
        with ThreadPoolExecutor(20) as pool:
            return list(pool.map(lambda _: self.post(), range(count)))

    def seconds_until_accepted(self) -> float:
        began = time.monotonic()
        while self.post().status_code != 202:
            assert time.monotonic() < began + 60, "it did not recover"
            time.sleep(0.1)
        return time.monotonic() - began


def messages(brokers: str) -> Counter[str]:
    values = (message.value() for message in stored(brokers, TOPIC, 0))
    return Counter(value.split(b'"message":"')[1][:32].decode() for value in values)


@pytest.mark.faults_long
def test_i3_brokers_that_are_killed_give_503_at_once_and_come_back(
    kafka: tuple[Part, str], tmp_path: Path
) -> None:
    part, brokers = kafka
    with web_on(tmp_path / "site", brokers) as web:
        sender = Sender(web)
        assert sender.post().status_code == 202

        part.stop()
        first = sender.post()
        assert (first.status_code, web.ready()["ready"]) == (503, False)
        before = web.memory_mb
        replies = sender.post_many(2_000)
        quickest = min(reply.elapsed.total_seconds() for reply in replies)
        grown = web.memory_mb - before

        part.start()
        recovered_s = sender.seconds_until_accepted()
        ready = web.ready()["parts"]["edge"]["state"]

    assert {reply.status_code for reply in replies} == {503}
    assert len({reply.headers["retry-after"] for reply in replies}) > 1
    assert quickest < 0.05
    assert grown < GROWTH_MB
    assert (recovered_s < RECOVERY_S, ready) == (True, "ok")
    found = messages(brokers)
    assert {found[name] for name in sender.accepted} == {1}


def test_i6_a_broker_that_hangs_gives_503_and_loses_nothing_that_was_accepted(
    kafka: tuple[Part, str], tmp_path: Path
) -> None:
    part, brokers = kafka
    with web_on(tmp_path / "site", brokers) as web:
        sender = Sender(web)
        sender.post()

        os.kill(part.run.pid, signal.SIGSTOP)
        replies = sender.post_many(100)
        ready = web.ready()["ready"]
        os.kill(part.run.pid, signal.SIGCONT)
        recovered_s = sender.seconds_until_accepted()

    assert {reply.status_code for reply in replies} == {503}
    assert (ready, recovered_s < RECOVERY_S) == (False, True)
    found = messages(brokers)
    assert {found[name] for name in sender.accepted} == {1}


@contextmanager
def black_hole() -> Iterator[str]:
    """A broker that takes connections and never answers."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:

        def swallow() -> None:
            try:
                while True:
                    held.append(server.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=swallow)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in held:
        connection.close()


@pytest.mark.faults_long
def test_i7_a_broker_that_never_answers_gives_503_and_takes_no_memory(
    tmp_path: Path,
) -> None:
    with black_hole() as brokers, web_on(tmp_path / "site", brokers) as web:
        sender = Sender(web)
        replies = sender.post_many(20)
        before = web.memory_mb
        replies += sender.post_many(2_000)
        grown = web.memory_mb - before

    assert {reply.status_code for reply in replies} == {503}
    assert grown < GROWTH_MB
