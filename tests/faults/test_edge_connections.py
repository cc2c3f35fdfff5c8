"""Clients that are slow, silent, many or malicious against a real web process."""

from __future__ import annotations

import asyncio
import gzip
import os
import random
import resource
import socket
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import psutil
import pytest
import zstandard

from ingest.edge.connections import HEAD_S, REQUEST_S
from ingest.entry import MAX_ENTRY_BYTES
from ingest.kafka.topics import ensure_topic
from tests.faults.webs import Web, new_token, running_web, site_environment
from tests.parts import start_kafka

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(240)]

SEED = int(os.environ.get("LOGSITE_FAULT_SEED", "20261122"))
MB = 1024 * 1024
LINE = b'{"message": "card declined"}'
SLOW = 500
IDLE = 10_000
FEW_FILES = 200
QUICK_S = 2.0  # for an ordinary request beside all that
BOMB_MB = 1_024  # unpacked
GROWTH_MB = 700  # 16 MB for each body under way, some copies, and the allocator's keep


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One web process on a Kafka of one broker."""
    folder = tmp_path_factory.mktemp("connections")
    part, brokers = start_kafka(folder / "kafka")
    ensure_topic(brokers, "logs", 1, 1, 2**30, 3_600_000)
    environment = site_environment(folder / "site", {"KAFKA_BROKERS": brokers})
    try:
        with running_web(folder, environment, new_token(environment)) as web:
            yield web
    finally:
        part.stop()


def seconds_of(web: Web) -> float:
    """How long an ordinary client waits for its 202."""
    reply = web.post(LINE)
    assert reply.status_code == 202
    return reply.elapsed.total_seconds()


def head(web: Web, *lines: str) -> bytes:
    first = ("POST /api/logs HTTP/1.1", "Host: localhost")
    token = f"Authorization: Bearer {web.token}"
    return "\r\n".join((*first, token, *lines, "", "")).encode()


async def drip(port: int, data: bytes, at_once: int) -> bytes:
    """Send so much, then one byte a second; answers what came back at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data[:at_once])
    try:
        answering = asyncio.create_task(reader.read())
        for byte in data[at_once:]:
            done, _ = await asyncio.wait([answering], timeout=1)
            if done:
                break
            writer.write(bytes([byte]))
        async with asyncio.timeout(REQUEST_S + HEAD_S):
            return await answering
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.faults_long
async def test_i9_500_slow_clients_are_sent_away_and_disturb_nobody(web: Web) -> None:
    dice = random.Random(SEED)
    request = head(web, "Content-Length: 100000") + b"x" * 100
    inside = [dice.randrange(5, 60) for _ in range(SLOW // 2)]  # of the head
    behind = [len(request) - 100] * (SLOW - len(inside))
    before = web.memory_mb

    slow = [
        asyncio.create_task(drip(web.port, request, at)) for at in (*inside, *behind)
    ]
    await asyncio.sleep(2)
    waited = [await asyncio.to_thread(seconds_of, web) for _ in range(20)]
    answers = await asyncio.gather(*slow)

    assert max(waited) < QUICK_S
    assert Counter(answer[:12] for answer in answers) == {
        b"": len(inside),
        b"HTTP/1.1 408": len(behind),
    }
    assert web.memory_mb - before < GROWTH_MB


@pytest.mark.faults_long
def test_i10_bodies_that_are_too_long_are_cut_off_with_413(web: Web) -> None:
    def chunks(_: int) -> int:
        parts = (bytes(MB) for _ in range(20))
        return web.client.post(
            f"{web.address}/api/logs", content=parts, headers=web.headers
        ).status_code

    before = web.memory_mb
    with ThreadPoolExecutor(10) as pool:
        statuses = Counter(pool.map(chunks, range(30)))

    assert statuses == {413: 30}
    assert web.memory_mb - before < GROWTH_MB
    assert seconds_of(web) < QUICK_S


def gzip_bomb() -> bytes:
    packer = zlib.compressobj(1, wbits=31)
    parts = [packer.compress(bytes(MB)) for _ in range(BOMB_MB)]
    return b"".join(parts) + packer.flush()


def zstd_bomb() -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    parts = [packer.compress(bytes(MB)) for _ in range(BOMB_MB)]
    return b"".join(parts) + packer.flush()


@pytest.mark.faults_long
def test_i11_bombs_are_cut_off_and_take_no_memory(web: Web) -> None:
    bombs = {"gzip": gzip_bomb(), "zstd": zstd_bomb()}

    def explode(number: int) -> int:
        encoding = ("gzip", "zstd")[number % 2]
        return web.post(bombs[encoding], **{"Content-Encoding": encoding}).status_code

    before = web.memory_mb
    with ThreadPoolExecutor(20) as pool:
        statuses = Counter(pool.map(explode, range(60)))

    assert statuses == {413: 60}
    assert web.memory_mb - before < GROWTH_MB
    assert seconds_of(web) < QUICK_S


@pytest.mark.faults_long
@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", LINE, 400),
        ("gzip", gzip.compress(LINE)[:-4], 400),
        ("zstd", gzip.compress(LINE), 400),
        ("br", LINE, 415),
        ("identity", gzip.compress(LINE), 400),
    ],
)
def test_i11_bodies_that_are_not_packed_as_they_say(
    web: Web, encoding: str, body: bytes, status: int
) -> None:
    assert web.post(body, **{"Content-Encoding": encoding}).status_code == status


def test_i12_a_line_that_is_too_long_costs_only_itself(web: Web) -> None:
    long = b'{"message": "%s"}' % (b"x" * MAX_ENTRY_BYTES)

    reply = web.post(b"\n".join([LINE, long, LINE]))

    assert (reply.status_code, reply.json()["accepted"]) == (202, 2)
    assert [(r["index"], r["code"]) for r in reply.json()["results"]] == [
        (1, "too_large")
    ]


def many_connections(web: Web, count: int, stack: ExitStack) -> int:
    """Open so many; answers how many were taken."""
    opened = 0
    for _ in range(count):
        try:
            address = ("127.0.0.1", web.port)
            stack.enter_context(socket.create_connection(address, timeout=5))
            opened += 1
        except OSError:
            continue
    return opened


@pytest.fixture
def many_files() -> Iterator[None]:
    """This process may open as many files as the machine allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard >= IDLE + 1_000, f"only {hard} files may be open here: ulimit -Hn"
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.faults_long
@pytest.mark.usefixtures("many_files")
def test_i21_10_000_idle_connections_disturb_nobody_and_are_closed(web: Web) -> None:
    process = psutil.Process(web.part.run.pid)
    process.rlimit(psutil.RLIMIT_NOFILE, resource.getrlimit(resource.RLIMIT_NOFILE))
    with ExitStack() as stack:
        opened = many_connections(web, IDLE, stack)
        waited_s = seconds_of(web)
        deadline = time.monotonic() + 2 * HEAD_S
        while len(process.net_connections("tcp")) > 100:
            assert time.monotonic() < deadline, "idle connections stay open"
            time.sleep(0.5)

    assert opened == IDLE
    assert waited_s < QUICK_S


@pytest.mark.faults_long
def test_i21_a_web_process_without_free_files_recovers(web: Web) -> None:
    process = psutil.Process(web.part.run.pid)
    limits = process.rlimit(psutil.RLIMIT_NOFILE)
    assert limits is not None
    process.rlimit(psutil.RLIMIT_NOFILE, (FEW_FILES, limits[1]))
    with ExitStack() as stack:
        many_connections(web, 3 * FEW_FILES, stack)
        time.sleep(2)
        assert web.part.run.poll() is None
    try:
        deadline = time.monotonic() + 2 * HEAD_S
        while not can_post(web):
            assert time.monotonic() < deadline, "it did not recover"
            time.sleep(0.5)
    finally:
        process.rlimit(psutil.RLIMIT_NOFILE, limits)


def can_post(web: Web) -> bool:
    try:
        return web.post(LINE).status_code == 202
    except httpx.TransportError:
        return False
