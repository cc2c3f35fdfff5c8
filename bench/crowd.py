"""What comes in while many people ask for what makes all entries be read.

    python -m bench.crowd                             # 5,000/s, and as much as goes
    python -m bench.crowd --searches 20 --rates 5000,40000 --seconds 10 --rounds 3

Starts the embedded stack, stores some entries, and posts more at a rate: alone, and
beside searches by an expression that nothing matches, as the page streams them. One
that ends begins again. In turns; medians over the rounds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock

import httpx
import uvloop

from bench.accounts import median, quantile
from bench.offered import offer
from bench.pipeline import Stack, running_stack
from bench.tail import read_token

NOTHING = "/absent[0-9]+x/"
FILL_PER_S, FILL_S = 10_000, 15.0  # what there is to read at first
HEAD = (
    "| offered/s | searches | accepted/s | answered p50 / p99 ms | accepted, of alone "
    "| events told to searchers |\n|---|---|---|---|---|---|"
)


class Crowd:
    """Searches that go on until they are told to stop."""

    def __init__(self, port: int, token: str) -> None:
        self._address = f"http://127.0.0.1:{port}/api/logs/stream"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._over = Event()
        self._lock = Lock()
        self.told: Counter[str] = Counter()

    @contextmanager
    def searching(self, searches: int) -> Iterator[None]:
        with ThreadPoolExecutor(max(1, searches)) as pool:
            running = [pool.submit(self._search) for _ in range(searches)]
            try:
                yield
            finally:
                self._over.set()
            for one in running:
                one.result()

    def _search(self) -> None:
        with httpx.Client(trust_env=False, timeout=60, headers=self._headers) as client:
            while not self._over.is_set():
                with client.stream("GET", self._address, params={"q": NOTHING}) as told:
                    self._listen(told)

    def _listen(self, told: httpx.Response) -> None:
        told.raise_for_status()
        for line in told.iter_lines():
            if line.startswith("event: "):
                with self._lock:
                    self.told[line.removeprefix("event: ")] += 1
            if self._over.is_set():
                return


class Measured:
    """What came in at one rate beside so many searches."""

    def __init__(self) -> None:
        self.accepted: list[float] = []  # a second, of each round
        self.seconds: list[float] = []  # of each request
        self.told: Counter[str] = Counter()

    def round(
        self, stack: Stack, token: str, searches: int, rate: int, seconds: float
    ) -> None:
        crowd = Crowd(stack.target.port, token)
        with crowd.searching(searches):
            time.sleep(2.0 if searches else 0.0)  # until they are at work
            began = time.perf_counter()
            offered = uvloop.run(offer(stack.target, rate, seconds))
            took = time.perf_counter() - began
        if offered.refused:
            raise SystemExit(f"{offered.refused:,} entries were refused")
        self.accepted.append(offered.accepted / took)
        self.seconds += offered.seconds
        self.told += crowd.told

    def row(self, rate: int, searches: int, alone: float) -> str:
        accepted = median(self.accepted)
        late = " / ".join(
            f"{quantile(self.seconds, at) * 1e3:,.0f}" for at in (0.5, 0.99)
        )
        told = ", ".join(f"{n:,} {name}" for name, n in sorted(self.told.items()))
        return (
            f"| {rate:,} | {searches} | {accepted:,.0f} | {late} "
            f"| {accepted / alone:.2f} | {told} |"
        )


def measure(stack: Stack, token: str, rate: int, options: argparse.Namespace) -> None:
    alone, beside = Measured(), Measured()
    for _ in range(options.rounds):
        alone.round(stack, token, 0, rate, options.seconds)
        beside.round(stack, token, options.searches, rate, options.seconds)
    base = median(alone.accepted)
    print(alone.row(rate, 0, base))
    print(beside.row(rate, options.searches, base), flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--searches", type=int, default=20)
    parser.add_argument("--rates", default="5000,40000", help="one after the other")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="logsite-bench-") as name:
        folder = Path(name)
        with running_stack(folder, brokers=1, workers=1) as stack:
            token = read_token(folder, "bench-crowd")
            uvloop.run(offer(stack.target, FILL_PER_S, FILL_S))
            print(HEAD)
            for rate in options.rates.split(","):
                measure(stack, token, int(rate), options)


if __name__ == "__main__":
    main()
