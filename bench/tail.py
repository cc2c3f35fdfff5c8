"""From the acknowledgement of an entry to the sockets of those who watch.

    python -m bench.tail                              # 10,000/s for half a minute
    python -m bench.tail --rates 5000,10000 --seconds 60
    python -m bench.tail --rates 1000 --sockets 500

Starts the embedded stack, opens tails with 10 filters that match a tenth of the load
each, and posts at a steady rate. Twice a second an entry that all filters match is
posted by itself: measured is from its 202 until each of the sockets has it. At the end
each socket has to have been told of every match of its filter.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event

import msgspec
import psutil
import uvloop

from bench.accounts import Meter, quantile, rss_mb
from bench.offered import SIZE, Offered, bodies, offer
from bench.pipeline import ROOT, Stack, running_stack
from bench.watchers import PER_TOKEN, WORDS, Watched, watch
from ingest.words import words

OPEN_S = 60.0  # until all tails have begun
HEAD = (
    "| offered/s | accepted/s | acknowledged to socket p50 / p99 / most ms | probes "
    "| matched | received | told as not shown | unaccounted | frames/s | MB/s |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def watched(
    port: int, tokens: Sequence[str], sockets: int, open_: Event, loaded: Event
) -> Watched:
    return uvloop.run(watch(port, tokens, sockets, open_.set, loaded.is_set))


def matching(count: int) -> Counter[str]:
    """How many of the first so many entries of the load hold each of the words."""
    found: Counter[str] = Counter()
    each = [_words_in(body) for body in bodies()]
    for number in range(count // SIZE):
        found += each[number % len(each)]
    return found


def _words_in(body: bytes) -> Counter[str]:
    texts = (msgspec.json.decode(line)["message"] for line in body.splitlines())
    found = [words(text) for text in texts]
    return Counter(word for has in found for word in WORDS if word.casefold() in has)


def measure(
    stack: Stack, tokens: Sequence[str], sockets: int, rate: int, seconds: float
) -> None:
    """One rate."""
    with ProcessPoolExecutor(1) as pool, multiprocessing.Manager() as manager:
        open_, loaded = manager.Event(), manager.Event()
        asked = (stack.target.port, tokens, sockets, open_, loaded)
        watching = pool.submit(watched, *asked)
        open_.wait(OPEN_S)
        account = Account(stack)
        offered = uvloop.run(offer(stack.target, rate, seconds))
        account.close()
        loaded.set()
        seen = watching.result()
    show(rate, offered, seen, account.took_s)
    account.show(seen)


class Account:
    """What everything on this machine costs, from now on."""

    def __init__(self, stack: Stack) -> None:
        self._processes = stack.processes
        self._memory = {name: rss_mb(each) for name, each in stack.processes.items()}
        self._meter = Meter(stack.processes)
        self._meter.begin()
        self._clock, self._machine = time.process_time(), _machine_s()
        self._began = time.perf_counter()

    def close(self) -> None:
        self.took_s = time.perf_counter() - self._began
        self.spent = self._meter.spent()
        self.spent["sender"] = time.process_time() - self._clock
        self.rest = {name: s - self._machine[name] for name, s in _machine_s().items()}

    def show(self, seen: Watched) -> None:
        self.spent["sockets"] = seen.cpu_s * self.took_s / seen.took_s
        self.rest["other programs"] -= sum(self.spent.values())
        print("\n| process | cores | RSS MB before | after |\n|---|---|---|---|")
        for name, cpu in (self.spent | self.rest).items():
            print(f"| {name} | {cpu / self.took_s:.2f} | {self._memory_of(name)} |")

    def _memory_of(self, name: str) -> str:
        if name not in self._memory:
            return " | "
        return f"{self._memory[name]:,.0f} | {rss_mb(self._processes[name]):,.0f}"


def _machine_s() -> dict[str, float]:
    """Processor seconds of this machine so far; `stolen` had others of its host."""
    times = psutil.cpu_times()
    stolen = float(getattr(times, "steal", 0.0))
    busy = sum(times) - times.idle - getattr(times, "iowait", 0.0) - stolen
    return {"other programs": busy, "stolen": stolen, "idle": times.idle}


def show(rate: int, offered: Offered, seen: Watched, took: float) -> None:
    probes = len(seen.acknowledged)
    due = matching(offered.due)
    matched = sum(due[one.word] + probes for one in seen.watchers)
    off = sum(abs(due[one.word] + probes - one.told) for one in seen.watchers)
    is_known = offered.accepted == offered.due  # else nobody knows which matched
    frames = sum(one.frames for one in seen.watchers) / took
    megabytes = sum(one.bytes for one in seen.watchers) / took / 1e6
    times = [f"{quantile(seen.seconds, at) * 1e3:,.0f}" for at in (0.5, 0.99, 1)]
    cells = (
        *(f"{rate:,}", f"{offered.accepted / took:,.0f}", " / ".join(times)),
        *(f"{probes} ({seen.unseen} unseen)", f"{matched:,}"),
        f"{sum(one.received for one in seen.watchers):,}",
        f"{sum(one.skipped for one in seen.watchers):,}",
        *(f"{off:,}" if is_known else "not known", f"{frames:,.0f}"),
        f"{megabytes:.1f}",
    )
    print(f"{HEAD}\n| {' | '.join(cells)} |", flush=True)


def read_token(folder: Path, name: str) -> str:
    command = (sys.executable, "manage.py", "token", "create", name)
    done = subprocess.run(
        [*command, "--scope", "read", "--scope", "ingest"],
        cwd=ROOT,
        env=os.environ | {"LOGSITE_DATA": str(folder)},
        check=True,
        stdout=subprocess.PIPE,
    )
    return done.stdout.decode().strip()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--rates", default="10000", help="one after the other")
    add("--seconds", type=float, default=30)
    add("--sockets", type=int, default=50)
    add("--warm", type=float, default=30, help="seconds, for Kafka's Java to compile")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="logsite-bench-") as name:
        folder = Path(name)
        with running_stack(folder, brokers=1, workers=1) as stack:
            count = -(-options.sockets // PER_TOKEN)
            names = [f"bench-{number}" for number in range(count)]
            with ThreadPoolExecutor(2) as pool:
                tokens = list(pool.map(partial(read_token, folder), names))
            for rate in options.rates.split(","):
                uvloop.run(offer(stack.target, int(rate), options.warm))
                measure(stack, tokens, options.sockets, int(rate), options.seconds)


if __name__ == "__main__":
    main()
