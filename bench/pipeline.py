"""The whole pipeline at a steady rate: posted, acknowledged, stored, found.

    python -m bench.pipeline                                  # 10,000/s for a minute
    python -m bench.pipeline --seconds 600                    # the published figure
    python -m bench.pipeline --rates 20000,25000,30000        # what it sustains

Starts the embedded stack without the demo (`manage.py up`) and posts requests of a
hundred entries at fixed times, whatever the answers take. Freshness is measured by
entries with a word of their own: from the acknowledgement until search finds them; and
by the data clock. At the end every acknowledged entry must be stored, once.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import uvloop

from bench.accounts import Meter, quantile, rss_mb
from bench.beside import Beside
from bench.client import Target
from bench.offered import Offered, offer
from bench.parts import free_ports
from bench.probes import Probes
from bench.store import visible
from ingest.days import stored_days
from ingest.mongo import connect

ROOT = Path(__file__).resolve().parent.parent
READY_S = 180.0
DRAIN_S = 120.0
WARM_S = 10.0
EVERY_S = 5.0  # between two looks at memory
BEHIND_S = 2.0  # answered or stored later than this: the rate is not sustained
HEAD = (
    "| offered/s | accepted/s | refused | acknowledged p50 / p99 ms "
    "| found p50 / p99 ms | data clock behind p50 / p99 ms | drained s | accepted "
    "| stored | missing | sustained |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Stack:
    """The running embedded stack."""

    target: Target
    mongo_url: str
    processes: dict[str, psutil.Process]


@dataclass(frozen=True)
class Result:
    """One rate, held for some time."""

    offered: Offered
    probes: Probes
    took_s: float
    cpu_s: dict[str, float]
    memory: dict[str, list[float]]  # MB, one value each EVERY_S
    drained_s: float  # after the last answer, until all was stored
    found: int  # of what was accepted

    @property
    def is_sustained(self) -> bool:
        late = quantile(self.offered.seconds, 0.99)
        whole = self.offered.accepted == self.offered.due == self.found
        return whole and late < BEHIND_S and self.drained_s < BEHIND_S


@contextmanager
def running_stack(folder: Path, brokers: int, workers: int) -> Iterator[Stack]:
    port = free_ports(1)[0]
    environment = os.environ | {"LOGSITE_DATA": str(folder)}
    words = [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)]
    words += ["--brokers", str(brokers), "--workers", str(workers)]
    with (folder / "up.log").open("wb") as log:
        started = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield _stack(environment, started)
    finally:
        started.terminate()
        with suppress(subprocess.TimeoutExpired):
            started.wait(90)


def _stack(environment: dict[str, str], started: subprocess.Popen[bytes]) -> Stack:
    status = _wait_ready(environment, started)
    state = json.loads((Path(environment["LOGSITE_DATA"]) / "stack.json").read_text())
    token = _manage(environment, "token", "create", "bench", "--scope", "ingest")
    port = int(status["address"].rsplit(":", 1)[1].rstrip("/"))
    return Stack(
        Target("logsite", port, "/api/logs", b"202", token.strip()),
        state["environment"]["MONGO_URL"],
        {one["name"]: psutil.Process(one["pid"]) for one in status["processes"]},
    )


def _wait_ready(environment: dict[str, str], started: subprocess.Popen[bytes]) -> Any:
    deadline = time.monotonic() + READY_S
    while started.poll() is None and time.monotonic() < deadline:
        with suppress(subprocess.CalledProcessError, json.JSONDecodeError):
            status = json.loads(_manage(environment, "status", "--json"))
            if status["ready"]:
                return status
        time.sleep(1)
    raise SystemExit("the stack did not get ready")


def _manage(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE
    )
    return done.stdout.decode()


def measure(stack: Stack, rate: int, seconds: float) -> Result:
    """Offer the rate for a warm while, then for the time that counts."""
    database = connect(stack.mongo_url)
    before = visible(database)
    warm = uvloop.run(offer(stack.target, rate, WARM_S))
    meter, memory = Meter(stack.processes), Memory(stack.processes)
    probes = Probes(stack.target, database)
    meter.begin()
    began = time.perf_counter()
    with probes, memory:
        offered = uvloop.run(offer(stack.target, rate, seconds))
    took, spent = time.perf_counter() - began, meter.spent()
    others = warm.accepted + probes.accepted
    drained_s = _drain(database, before + others + offered.accepted)
    return Result(
        offered=offered,
        probes=probes,
        took_s=took,
        cpu_s=spent,
        memory=memory.samples,
        drained_s=drained_s,
        found=_counted(database) - before - others,
    )


def _counted(database: Any) -> int:
    days = stored_days(database)
    return sum(database[f"logs_{day}"].count_documents({}) for day in days)


def _drain(database: Any, wanted: int) -> float:
    began = time.perf_counter()
    while visible(database) < wanted and time.perf_counter() - began < DRAIN_S:
        time.sleep(0.1)
    return time.perf_counter() - began


class Memory(Beside):
    """Looks at the memory of processes now and then."""

    def __init__(self, processes: dict[str, psutil.Process]) -> None:
        self._processes = processes
        super().__init__("memory", EVERY_S)
        self.samples: dict[str, list[float]] = {name: [] for name in processes}

    def look(self) -> None:
        for name, process in self._processes.items():
            self.samples[name].append(rss_mb(process))


def slope(samples: list[float]) -> float:
    """MB a minute, over the later two thirds: the first fills caches."""
    later = samples[len(samples) // 3 :]
    if len(later) < 2:
        return 0.0
    fitted = statistics.linear_regression(range(len(later)), later)
    return fitted.slope * 60 / EVERY_S


def shown(stack: Stack, rate: int, seconds: float) -> Result:
    result = measure(stack, rate, seconds)
    offered, probes = result.offered, result.probes
    lost = offered.accepted - result.found
    sustained = "yes" if result.is_sustained else "NO"
    print(
        f"| {rate:,} | {offered.accepted / result.took_s:,.0f} | {offered.refused:,} "
        f"| {_ms(offered.seconds)} | {_ms(probes.seconds)} | {_ms(probes.behind)} "
        f"| {result.drained_s:.1f} | {offered.accepted:,} | {result.found:,} "
        f"| {lost:,} | {sustained} |",
        flush=True,
    )
    return result


def _ms(seconds: list[float]) -> str:
    if not seconds:
        return "not measured"
    return f"{quantile(seconds, 0.5) * 1e3:,.0f} / {quantile(seconds, 0.99) * 1e3:,.0f}"


def show_processes(result: Result) -> None:
    print("\n| process | cores | CPU µs/entry | RSS MB | MB a minute |")
    print("|---|---|---|---|---|")
    for name, cpu in result.cpu_s.items():
        memory = result.memory[name]
        each = cpu / max(1, result.offered.accepted) * 1e6
        print(
            f"| {name} | {cpu / result.took_s:.2f} | {each:.1f} "
            f"| {memory[-1] if memory else 0:,.0f} | {slope(memory):+.1f} |"
        )


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--rates", default="10000", help="entries a second, one after the other")
    add("--seconds", type=float, default=60)
    add("--brokers", type=int, choices=(1, 3), default=1)
    add("--workers", type=int, default=1)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    options = options_of(arguments)
    rates = [int(rate) for rate in options.rates.split(",")]
    with tempfile.TemporaryDirectory(prefix="logsite-bench-") as folder:
        running = running_stack(Path(folder), options.brokers, options.workers)
        with running as stack:
            print(HEAD, flush=True)
            results = [shown(stack, rate, options.seconds) for rate in rates]
            show_processes(results[-1])


if __name__ == "__main__":
    main()
