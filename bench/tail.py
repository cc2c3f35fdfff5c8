"""From the acknowledgement of an entry to the sockets of those who watch.

    python -m bench.tail                              # 10,000/s for half a minute
    python -m bench.tail --rates 5000,10000 --seconds 60

Starts the embedded stack, opens 50 tails with 10 filters that match a tenth of the load
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
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from threading import Event

import msgspec
import psutil
import uvloop

from bench.accounts import Meter, quantile, rss_mb
from bench.offered import SIZE, Offered, bodies, offer
from bench.pipeline import ROOT, WARM_S, Stack, running_stack
from bench.watchers import PER_TOKEN, SETTLE_S, SOCKETS, WORDS, Watched, watch
from ingest.words import words

HEAD = (
    "| offered/s | accepted/s | acknowledged to socket p50 / p99 / most ms | probes "
    "| matched | received | told as not shown | unaccounted | frames/s | MB/s |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def watched(port: int, tokens: Sequence[str], is_loaded: Event) -> Watched:
    return uvloop.run(watch(port, tokens, is_loaded.is_set))


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


def measure(stack: Stack, tokens: Sequence[str], rate: int, seconds: float) -> None:
    """One rate, after a warm while without anybody who watches."""
    uvloop.run(offer(stack.target, rate, WARM_S))
    meter = Meter(stack.processes)
    with ProcessPoolExecutor(1) as pool, multiprocessing.Manager() as manager:
        loaded = manager.Event()
        watching = pool.submit(watched, stack.target.port, tokens, loaded)
        time.sleep(SETTLE_S)
        meter.begin()
        began, clock, machine = time.perf_counter(), time.process_time(), machine_s()
        offered = uvloop.run(offer(stack.target, rate, seconds))
        took, spent = time.perf_counter() - began, meter.spent()
        spent["sender"] = time.process_time() - clock
        others = {name: s - machine[name] for name, s in machine_s().items()}
        loaded.set()
        seen = watching.result()
    show(rate, offered, seen, took)
    spent["sockets"] = seen.cpu_s * took / seen.took_s
    others["other programs"] -= sum(spent.values())
    show_processes(stack, spent | others, took)


def machine_s() -> dict[str, float]:
    """Processor seconds of this machine so far; `stolen` had others of its host."""
    times = psutil.cpu_times()
    stolen = float(getattr(times, "steal", 0.0))
    busy = sum(times) - times.idle - getattr(times, "iowait", 0.0) - stolen
    return {"other programs": busy, "stolen": stolen, "idle": times.idle}


def show_processes(stack: Stack, spent: dict[str, float], took: float) -> None:
    print("\n| process | cores | RSS MB |\n|---|---|---|")
    for name, cpu in spent.items():
        process = stack.processes.get(name)
        memory = f"{rss_mb(process):,.0f}" if process else ""
        print(f"| {name} | {cpu / took:.2f} | {memory} |", flush=True)


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
    parser.add_argument("--rates", default="10000", help="one after the other")
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="logsite-bench-") as name:
        folder = Path(name)
        with running_stack(folder, brokers=1, workers=1) as stack:
            count = -(-SOCKETS // PER_TOKEN)
            tokens = [read_token(folder, f"bench-{number}") for number in range(count)]
            for rate in options.rates.split(","):
                measure(stack, tokens, int(rate), options.seconds)


if __name__ == "__main__":
    main()
