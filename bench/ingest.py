"""HTTP to acknowledged: rate, and CPU per entry of the web process.

    python bench/ingest.py --brokers 127.0.0.1:9092

Starts one web process of only the edge (uvicorn, one worker) on a free port, posts
canonical NDJSON from its own client over keep-alive connections, and prints a table.
CPU is that of the web process, from the operating system's accounts. Compare ratios,
not figures: machines differ.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ingest.edge.app import EdgeApp  # noqa: E402
from ingest.edge.auth import Grant, TokenCache  # noqa: E402
from ingest.kafka.topics import ensure_topic  # noqa: E402

TOKEN = "bench"
WORDS = ("user", "order", "payment", "cache", "session", "retry", "timeout", "queue")


@dataclass(frozen=True)
class Load:
    """One row of the table."""

    name: str
    body: bytes
    entries: int  # in one request
    requests: int
    connections: int = 8
    headers: str = ""


@dataclass(frozen=True)
class Measured:
    """What a load cost."""

    rate: float
    web_us: float
    p50_ms: float
    p99_ms: float
    memory_mb: float


def web() -> Any:
    """The ASGI application of the measured process: the edge and nothing else."""
    grant = Grant("1", "bench", frozenset({"ingest"}), frozenset(), "bench")
    known = {hashlib.sha256(TOKEN.encode()).digest(): grant}
    edge = EdgeApp(
        os.environ["BENCH_BROKERS"],
        os.environ["BENCH_TOPIC"],
        TokenCache(known.get),
        b"bench",
    )

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await edge(scope, receive, send)
            return
        await receive()
        await edge.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await edge.stop()
        await send({"type": "lifespan.shutdown.complete"})

    return app


def entry(number: int, level: str = "INFO") -> bytes:
    """About 240 bytes, ids varied so that nothing compresses too well."""
    rng = random.Random(number)
    text = " ".join(rng.choices(WORDS, k=8))
    fields = {
        "timestamp": f"2026-03-01T11:{number // 60 % 60:02}:{number % 60:02}.250Z",
        "level": level,
        "service": f"{rng.choice(WORDS)}-service",
        "message": f"{text} took {rng.randrange(9_000)} ms",
        "metadata": {"host": f"node-{rng.randrange(20)}", "id": rng.randbytes(8).hex()},
    }
    return json.dumps(fields, separators=(",", ":")).encode()


def loads(total: int) -> list[Load]:
    lines = [entry(number) for number in range(1_000)]
    plain = [entry(number, level="info") for number in range(1_000)]
    array = b"[" + b",".join(lines) + b"]"
    body = b"\n".join(lines)
    return [
        Load("1,000 lines", body, 1_000, total // 1_000),
        Load("1,000 in an array", array, 1_000, total // 1_000),
        Load("1,000 lines, with a key", body, 1_000, total // 1_000, headers="K"),
        Load("100 lines", b"\n".join(lines[:100]), 100, total // 400),
        Load("1,000 lines to mend", b"\n".join(plain), 1_000, total // 4_000),
        Load("1 line", lines[0], 1, total // 100, connections=32),
    ]


def request_of(load: Load, number: int) -> bytes:
    key = f"Idempotency-Key: bench-{number}\r\n" if load.headers == "K" else ""
    head = (
        "POST /api/logs HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/x-ndjson\r\n"
        f"{key}Content-Length: {len(load.body)}\r\n\r\n"
    )
    return head.encode() + load.body


async def post_all(port: int, load: Load) -> list[float]:
    """Seconds of every request; each connection posts one after the other."""
    numbers = iter(range(load.requests))
    seconds: list[float] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            began = time.perf_counter()
            writer.write(request_of(load, number))
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 202 " in head.split(b"\r\n", 1)[0], head
            length = head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
            await reader.readexactly(int(length))
            seconds.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(load.connections)))
    return seconds


def measure(process: psutil.Process, port: int, load: Load) -> Measured:
    before, began = sum(process.cpu_times()[:2]), time.perf_counter()
    seconds = asyncio.run(post_all(port, load))
    took = time.perf_counter() - began
    cpu = sum(process.cpu_times()[:2]) - before
    entries = load.entries * load.requests
    cuts = statistics.quantiles(seconds, n=100)
    return Measured(
        rate=entries / took,
        web_us=cpu / entries * 1e6,
        p50_ms=cuts[49] * 1e3,
        p99_ms=cuts[98] * 1e3,
        memory_mb=process.memory_info().rss / 2**20,
    )


@contextmanager
def web_process(brokers: str, topic: str) -> Iterator[tuple[psutil.Process, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "uvicorn", "--factory", "bench.ingest:web"),
        *("--port", str(port), "--log-level", "warning", "--no-access-log"),
    ]
    environment = os.environ | {"BENCH_BROKERS": brokers, "BENCH_TOPIC": topic}
    started = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait_for(port, started)
        yield psutil.Process(started.pid), port
    finally:
        started.terminate()
        started.wait(20)


def _wait_for(port: int, started: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while started.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("the web process did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brokers", required=True, help="a running Kafka")
    parser.add_argument(
        "--entries", type=int, default=400_000, help="in the first rows"
    )
    options = parser.parse_args()
    topic = f"bench-{uuid.uuid4().hex[:8]}"
    ensure_topic(options.brokers, topic, 3, 1, 2 * 1024**3, 3_600_000)
    print(f"{'request':<26}{'entries/s':>12}{'web µs/entry':>14}", end="")
    print(f"{'p50 ms':>9}{'p99 ms':>9}{'RSS MB':>9}")
    with web_process(options.brokers, topic) as (process, port):
        for load in loads(options.entries):
            row = measure(process, port, load)
            print(f"{load.name:<26}{row.rate:>12,.0f}{row.web_us:>14.2f}", end="")
            print(
                f"{row.p50_ms:>9.1f}{row.p99_ms:>9.1f}{row.memory_mb:>9.0f}", flush=True
            )


if __name__ == "__main__":
    main()
