"""Search over blocks and VictoriaLogs in turn, on the same entries; MongoDB's scan.

    LOGHUB=folder VICTORIA_LOGS=binary python -m bench.search --entries 1000000

Lines of many programs mixed at random, a host and a unique id in each (bench.data),
stored as the store worker leaves them (bench.stored). Each question is asked of one and
then of the other, many times over, so that what else the machine does hits both alike;
that both gave the same answer is looked at first. Medians and 95th percentiles, in
milliseconds. Compare the ratios, not the figures: machines differ.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.accounts import median, quantile
from bench.parts import running_mongodb
from bench.peers.victorialogs import VictoriaLogs, running_victorialogs
from bench.questions import ALL, Question, questions, rows_of
from bench.stored import DAY, fill
from ingest.mongo import connect

HEAD = (
    "| {:,} entries, ms | logsite | p95 | VictoriaLogs | p95 | ours, of theirs "
    "| MongoDB's scan |\n|---|---|---|---|---|---|---|"
)
SECONDS = 4.0  # a question takes no longer than that, unless so few runs do
FEWEST = 3


@dataclass
class Systems:
    """Those who are asked."""

    db: Any
    peer: VictoriaLogs | None
    scans: int  # of MongoDB alone, for each question

    def __post_init__(self) -> None:
        if self.peer:
            self._connection = HTTPConnection("127.0.0.1", self.peer.port)

    def ask_peer(self, query: str) -> bytes:
        """One request on a connection that stays open."""
        body = urlencode({"query": ALL + query})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", "/select/logsql/query", body, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{query}: {answer.status} {said.decode()}")
        return said

    def agree(self, question: Question) -> None:
        """Nobody is fast who says something else."""
        ours = question.told(question.ours(self.db))
        theirs = question.said(rows_of(self.ask_peer(question.theirs)))
        if ours != theirs:
            raise SystemExit(f"{question.name}: {ours!s:.200} but {theirs!s:.200}")

    def measure(self, question: Question, runs: int) -> str:
        asked: list[Callable[[], Any]] = [lambda: question.ours(self.db)]
        if self.peer:
            self.agree(question)
            asked.append(lambda: self.ask_peer(question.theirs))
        took = in_turn(asked, runs)
        cells = [f"{median(each):,.1f} | {quantile(each, 0.95):,.1f}" for each in took]
        if self.peer:
            cells.append(f"{median(took[0]) / median(took[1]):.2f}")
        else:
            cells.append("not measured | |")
        return f"| {question.name} | {' | '.join(cells)} | {self._scan(question)} |"

    def _scan(self, question: Question) -> str:
        if question.scan is None or not self.scans:
            return ""
        found = self.db[DAY].find(question.scan)
        if "count" in question.name:
            asked = lambda: self.db[DAY].count_documents(question.scan)  # noqa: E731
        else:
            asked = lambda: list(found.clone().sort("timestamp", -1).limit(50))  # noqa: E731
        return f"{median(in_turn([asked], self.scans)[0]):,.0f}"


def in_turn(asked: Iterable[Callable[[], Any]], runs: int) -> list[list[float]]:
    """Milliseconds of each, one after the other, again and again; the first is left."""
    asked = list(asked)
    took: list[list[float]] = [[] for _ in asked]
    ends = time.perf_counter() + SECONDS
    for run in range(runs + 1):
        for one, times in zip(asked, took, strict=True):
            began = time.perf_counter()
            one()
            times.append((time.perf_counter() - began) * 1e3)
        if run >= FEWEST and time.perf_counter() > ends:
            break
    return [times[1:] for times in took]


def measure(systems: Systems, rare: str, options: argparse.Namespace) -> None:
    for question in questions(rare):
        if options.only in question.name:
            print(systems.measure(question, options.runs), flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--entries", type=int, default=600_000)
    add("--runs", type=int, default=101, help="of each question, if there is time")
    add("--folder", type=Path, help="where they are kept, and found the next time")
    add("--scans", type=int, default=3, help="by MongoDB alone; they take long")
    add("--only", default="", help="questions with this in their name")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="logsite-bench-")
        folder = options.folder or Path(stack.enter_context(temporary))
        mongodb = stack.enter_context(running_mongodb(folder))
        binary, peer = os.environ.get("VICTORIA_LOGS"), None
        if binary:
            peer = stack.enter_context(running_victorialogs(Path(binary), folder))
        db = connect(mongodb.url("logsite"))
        stored = fill(folder, db, peer, options.entries)
        print(HEAD.format(stored.total))
        measure(Systems(db, peer, options.scans), stored.rare, options)


if __name__ == "__main__":
    main()
