"""Searches while as many entries again are stored beside them, by the real worker.

    LOGHUB=folder python -m bench.storing --folder data --entries 1000000 --rate 10000

`data` is what `bench.search --folder` left; a copy is used. The same questions are
asked over and over, first on a quiet store and then while Kafka is filled at the given
rate and a worker stores it. Questions about the time before must be answered as before;
in the end all that was sent must be counted. Medians and 95th percentiles, in
milliseconds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import Producer

from bench.accounts import median, quantile
from bench.data import START, entries, stamp
from bench.parts import DAY_MS, TOPIC_BYTES, running_kafka, running_mongodb
from bench.store import ROOT, visible
from bench.stored import PARTITIONS, Stored
from ingest.kafka.topics import ensure_topic
from ingest.mongo import connect
from ingest.query.counting import count
from ingest.query.filter import LogFilter
from ingest.query.histogram import histogram
from ingest.query.run import search
from ingest.query.visible import pin

TOPIC = "more"
STEP = 1_000  # entries that are sent at a time
Took = dict[str, list[float]]


def asked(rare: str, before: datetime) -> dict[str, Callable[[Any], Any]]:
    """Questions by name. Those about the time `before` have one answer for ever."""
    texts = {
        "absent word": "zzzzqq",
        "rare id": rare,
        "newest 50 of a word": "password",
        "newest 50 of a phrase": '"failed password"',
        "newest 50 of a level": "level:error",
    }
    made: dict[str, Callable[[Any], Any]] = {}
    for name, text in texts.items():
        every = LogFilter(text)
        made[name] = lambda db, every=every: search(db, every)
        past = replace(every, end=before)
        made[f"{name}, earlier"] = lambda db, past=past: ids(search(db, past))
    made["histogram by level"] = lambda db: histogram(db, LogFilter())
    return made


def ids(page: Any) -> list[str]:
    return [item.id for item in page.items]


def ask(db: Any, questions: dict[str, Callable[[Any], Any]], took: Took) -> Any:
    """Each once; the answers of those about the past."""
    answers = {}
    for name, question in questions.items():
        began = time.perf_counter()
        answers[name] = question(db)
        took[name].append((time.perf_counter() - began) * 1e3)
    return {name: said for name, said in answers.items() if name.endswith("earlier")}


def send(brokers: str, total: int, rate: int) -> None:
    """In a process of its own: entries of now, at a steady rate."""
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 20})
    made, began = entries(total, seed=8, fixed_time=True), time.perf_counter()
    for sent in range(0, total, STEP):
        time.sleep(max(0.0, began + sent / rate - time.perf_counter()))
        now = datetime.now(UTC)
        for number, line in enumerate(islice(made, STEP)):
            producer.produce(TOPIC, stamp(line, now), partition=number % PARTITIONS)
        producer.poll(0)
    producer.flush()


@contextmanager
def storing(folder: Path, url: str, total: int, rate: int) -> Iterator[None]:
    """A worker, and entries that come."""
    with ExitStack() as stack:
        brokers = stack.enter_context(running_kafka(folder, 1)).brokers
        ensure_topic(brokers, TOPIC, PARTITIONS, 1, TOPIC_BYTES, DAY_MS)
        environment = os.environ | {
            "LOGSITE_DATA": str(folder),
            "HEARTBEAT_DIR": str(folder / "run"),
            "KAFKA_BROKERS": brokers,
            "LOG_TOPIC": TOPIC,
            "MONGO_URL": url,
        }
        words = [sys.executable, "manage.py", "consume", "store"]
        log = stack.enter_context((folder / "worker.log").open("wb"))
        worker = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        stack.callback(worker.wait)
        stack.callback(worker.terminate)
        spawn = multiprocessing.get_context("spawn")
        sender = spawn.Process(target=send, args=(brokers, total, rate))
        sender.start()
        yield
        sender.join()


def measure(db: Any, url: str, folder: Path, options: argparse.Namespace) -> None:
    stored = msgspec.json.decode((folder / "stored.json").read_bytes(), type=Stored)
    questions = asked(stored.rare, START + timedelta(milliseconds=stored.total))
    quiet: Took = defaultdict(list)
    busy: Took = defaultdict(list)
    for _ in range(3):  # until filters are known
        expected = ask(db, questions, defaultdict(list))
    ends = time.perf_counter() + options.seconds
    while time.perf_counter() < ends:
        ask(db, questions, quiet)
    with storing(folder, url, options.entries, options.rate):
        while not visible(db):  # broker and worker still start
            time.sleep(0.1)
        began = time.perf_counter()
        while visible(db) < options.entries:
            if ask(db, questions, busy) != expected:
                raise SystemExit("what was asked of the past has changed")
            if time.perf_counter() > began + 3 * options.entries / options.rate + 60:
                raise SystemExit(f"only {visible(db):,} were stored")
    took = time.perf_counter() - began
    check(db, stored.total + options.entries)
    rounds = len(busy["rare id"])
    print(f"{options.entries:,} more in {took:.0f} s, beside {rounds} rounds")
    print("| ms | alone: median | p95 | beside: median | p95 | p95, of alone |")
    print("|---|---|---|---|---|---|")
    for name in questions:
        print(row(name, quiet[name], busy[name]))


def check(db: Any, total: int) -> None:
    """That nothing is missing and nothing is there twice."""
    found = count(db, LogFilter(), pin(db))
    if (found.count, found.exact) != (total, True):
        raise SystemExit(f"{found} are counted, not {total:,}")


def row(name: str, quiet: list[float], busy: list[float]) -> str:
    one, other = quantile(quiet, 0.95), quantile(busy, 0.95)
    return (
        f"| {name} | {median(quiet):.1f} | {one:.1f} | {median(busy):.1f} | {other:.1f}"
        f" | {other / one:.2f} |"
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--folder", type=Path, required=True, help="what bench.search has kept")
    add("--entries", type=int, default=1_000_000)
    add("--rate", type=int, default=10_000)
    add("--seconds", type=float, default=30, help="of the quiet part")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="logsite-bench-")
        folder = Path(stack.enter_context(temporary))
        shutil.copytree(options.folder / "mongodb", folder / "mongodb")
        shutil.copy(options.folder / "stored.json", folder)
        url = stack.enter_context(running_mongodb(folder)).url("logsite")
        measure(connect(url), url, folder, options)


if __name__ == "__main__":
    main()
