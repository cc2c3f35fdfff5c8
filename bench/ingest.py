"""HTTP to acknowledged: ours and VictoriaLogs in turn, one client, the same bodies.

    python -m bench.ingest --entries 400000 --rounds 5
    VICTORIA_LOGS=/path/to/victoria-logs python -m bench.ingest

Ours is web processes (`--webs`, 1) of only the edge, which answer when the brokers have
acknowledged every entry; VictoriaLogs answers when it has them in memory. What arrived
is counted afterwards. CPU is that of the operating system's accounts. Compare ratios:
machines differ.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import uvloop

from bench.accounts import Meter, median, quantile
from bench.client import TOKEN, Target, post_all
from bench.data import entries
from bench.parts import DAY_MS, TOPIC_BYTES, Kafka, free_ports, is_open, running_kafka
from bench.peers.victorialogs import INSERT, VictoriaLogs, running_victorialogs
from ingest.edge.app import EdgeApp
from ingest.edge.auth import Grant, TokenCache
from ingest.kafka.admin import end_offsets
from ingest.kafka.topics import ensure_topic

ROOT = Path(__file__).resolve().parent.parent
TOPIC = "bench"
PARTITIONS = 3
SETTLE_S = 1.0  # what a server does behind its answers belongs to them
OURS = "logsite"
PEER = "VictoriaLogs"
HEAD = (
    "| request | server | entries/s | server CPU µs/entry | brokers CPU µs/entry "
    "| p50 ms | p99 ms | RSS MB |\n|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Load:
    """One kind of request."""

    name: str
    requests: list[bytes]  # bodies
    entries: int  # of all requests
    connections: int
    keyed: bool = False


@dataclass(frozen=True)
class Server:
    """Something that takes entries, and what else works for it."""

    target: Target
    process: psutil.Process
    brokers: list[psutil.Process]


@dataclass(frozen=True)
class Measured:
    """What a load cost, or the medians of several rounds."""

    rate: float
    server_us: float
    brokers_us: float
    p50_ms: float
    p99_ms: float
    server_mb: float

    def row(self, load: str, server: str) -> str:
        return (
            f"| {load} | {server} | {self.rate:,.0f} | {self.server_us:.2f} "
            f"| {self.brokers_us:.2f} | {self.p50_ms:.1f} | {self.p99_ms:.1f} "
            f"| {self.server_mb:,.0f} |"
        )


def web() -> Any:
    """The ASGI application of the measured process: the edge and nothing else."""
    grant = Grant("1", "bench", frozenset({"ingest"}), frozenset(), "bench")
    known = {hashlib.sha256(TOKEN.encode()).digest(): grant}
    brokers, tokens = os.environ["BENCH_BROKERS"], TokenCache(known.get)
    edge = EdgeApp(brokers, TOPIC, tokens, b"bench")

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


def loads(total: int) -> tuple[list[Load], list[Load]]:
    """What both servers take, and the forms that only ours is asked for."""
    lines = list(entries(total))
    thousands = _bodies(lines, 1_000)
    both = [
        Load("1,000 lines", thousands, total, 8),
        Load("100 lines", _bodies(lines[: total // 4], 100), total // 4, 8),
        Load("1 line", lines[: total // 40], total // 40, 32),
    ]
    part = thousands[: max(1, len(thousands) // 4)]
    arrays = [b"[" + body.replace(b"\n", b",") + b"]" for body in part]
    to_mend = [body.replace(b'"INFO"', b'"info"') for body in part]
    forms = [
        Load("1,000 lines, with a key", part, len(part) * 1_000, 8, keyed=True),
        Load("1,000 in an array", arrays, len(part) * 1_000, 8),
        Load("1,000 lines, 60 % to mend", to_mend, len(part) * 1_000, 8),
    ]
    return both, forms


def _bodies(lines: list[bytes], size: int) -> list[bytes]:
    starts = range(0, len(lines), size)
    return [b"\n".join(lines[start : start + size]) for start in starts]


def measure(server: Server, load: Load) -> Measured:
    brokers = {f"broker {n}": each for n, each in enumerate(server.brokers)}
    meter = Meter({"server": server.process, **brokers})
    keys = [f"bench-{n}" if load.keyed else "" for n in range(len(load.requests))]
    request = server.target.request
    requests = [request(b, k) for b, k in zip(load.requests, keys, strict=True)]
    meter.begin()
    began = time.perf_counter()
    seconds = uvloop.run(post_all(server.target, requests, load.connections))
    took = time.perf_counter() - began
    time.sleep(SETTLE_S)
    meter.look()
    spent = meter.spent()
    return Measured(
        rate=load.entries / took,
        server_us=spent.pop("server") / load.entries * 1e6,
        brokers_us=sum(spent.values()) / load.entries * 1e6,
        p50_ms=quantile(seconds, 0.5) * 1e3,
        p99_ms=quantile(seconds, 0.99) * 1e3,
        server_mb=meter.peaks["server"],
    )


@contextmanager
def running_webs(kafka: Kafka, number: int) -> Iterator[Server]:
    """So many web processes that share a port; the first one starts the others."""
    ensure_topic(kafka.brokers, TOPIC, PARTITIONS, 1, TOPIC_BYTES, DAY_MS)
    port = free_ports(1)[0]
    command = [
        *(sys.executable, "-m", "uvicorn", "--factory", "bench.ingest:web"),
        *("--port", str(port), "--log-level", "warning", "--no-access-log"),
        *("--workers", str(number)),
    ]
    environment = os.environ | {"BENCH_BROKERS": kafka.brokers}
    started = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait_for(port, started)
        target = Target(OURS, port, "/api/logs", b"202")
        yield Server(target, psutil.Process(started.pid), kafka.processes)
    finally:
        started.terminate()
        started.wait(20)


def _wait_for(port: int, started: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while started.poll() is None and time.monotonic() < deadline:
        if is_open(port):
            return
        time.sleep(0.05)
    raise SystemExit("the web process did not start")


def _server(peer: VictoriaLogs) -> Server:
    return Server(Target(PEER, peer.port, INSERT, b"200"), peer.process, [])


def run(servers: list[Server], total: int, rounds: int) -> dict[str, int]:
    """Prints the table; answers how many entries each server acknowledged."""
    both, forms = loads(total)
    sent: dict[str, int] = defaultdict(int)
    for server in servers:  # warm
        sent[server.target.name] += both[0].entries
        measure(server, both[0])
    print(HEAD)
    for load in both:
        results: dict[str, list[Measured]] = defaultdict(list)
        for _ in range(rounds):
            for server in servers:
                results[server.target.name].append(measure(server, load))
                sent[server.target.name] += load.entries
        for name, several in results.items():
            print(_median(several).row(load.name, name), flush=True)
    for load in forms:
        print(measure(servers[0], load).row(load.name, OURS), flush=True)
        sent[OURS] += load.entries
    return sent


def _median(several: list[Measured]) -> Measured:
    columns = zip(*map(astuple, several), strict=True)
    return Measured(*(median(column) for column in columns))


def arrived(kafka: Kafka) -> int:
    return sum(end_offsets(kafka.brokers, TOPIC).values())


def arrived_at(peer: VictoriaLogs) -> int:
    address = f"http://127.0.0.1:{peer.port}"
    httpx.get(f"{address}/internal/force_flush", trust_env=False)
    query = {"query": "* | stats count() n", "start": "0"}
    answer = httpx.post(
        f"{address}/select/logsql/query", data=query, timeout=60, trust_env=False
    )
    return int(answer.json()["n"])


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--entries", type=int, default=400_000, help="of the first rows; less later")
    add("--rounds", type=int, default=5, help="medians are printed")
    add("--webs", type=int, default=1, help="web processes of ours, on one port")
    add("--brokers", type=int, choices=(1, 3), default=1)
    add("--victoria-logs", type=Path, default=os.environ.get("VICTORIA_LOGS"))
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    options = options_of(arguments)
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="logsite-bench-"))
        )
        kafka = stack.enter_context(running_kafka(folder, options.brokers))
        servers, peer = [stack.enter_context(running_webs(kafka, options.webs))], None
        if options.victoria_logs:
            starting = running_victorialogs(Path(options.victoria_logs), folder)
            peer = stack.enter_context(starting)
            servers.append(_server(peer))
        sent = run(servers, options.entries, options.rounds)
        print(f"\n{OURS}: {sent[OURS]:,} acknowledged, {arrived(kafka):,} in Kafka")
        if peer:
            found = arrived_at(peer)
            print(f"{PEER}: {sent[PEER]:,} acknowledged, {found:,} found")
        else:
            print(f"{PEER}: not measured")


if __name__ == "__main__":
    main()
