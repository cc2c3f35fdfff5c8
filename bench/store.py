"""Kafka to stored and searchable: rate, CPU per entry, memory, bytes on disk.

    python -m bench.store --entries 300000

Fills a topic of three partitions, then starts one store worker and waits until blocks
account for every message. Kafka and MongoDB are the embedded ones, on free ports.
CPU is read from the operating system's accounts. Compare ratios: machines differ.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pymongo
from confluent_kafka import Producer

from bench.ingest import entry
from ingest.kafka.topics import ensure_topic
from tests.parts import start_kafka, start_mongodb

ROOT = Path(__file__).resolve().parent.parent
PARTITIONS = 3
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Measured:
    """What storing cost; bytes are what MongoDB has on disk after a checkpoint."""

    rate: float
    worker_us: float
    mongod_us: float
    worker_mb: float
    entry_bytes: float
    block_bytes: float

    def row(self) -> str:
        return (
            f"| one store worker | {self.rate:,.0f} | {self.worker_us:.1f} "
            f"| {self.mongod_us:.1f} | {self.worker_mb:.0f} "
            f"| {self.entry_bytes:.0f} + {self.block_bytes:.1f} |"
        )


HEAD = (
    "| Kafka to stored and searchable | entries/s | worker CPU µs/entry "
    "| mongod CPU µs/entry | RSS MB | bytes on disk: entry + block |\n"
    "|---|---|---|---|---|---|"
)


def fill(brokers: str, topic: str, entries: int) -> None:
    ensure_topic(brokers, topic, PARTITIONS, 1, 8 * 1024**3, DAY_MS)
    settings = {
        "bootstrap.servers": brokers,
        "linger.ms": 20,
        "compression.type": "lz4",
    }
    producer = Producer(settings)
    for number in range(entries):
        while True:
            try:
                producer.produce(topic, entry(number), partition=number % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    producer.flush()


@contextmanager
def worker(brokers: str, topic: str, mongo_url: str, data: str) -> Iterator[Any]:
    environment = os.environ | {
        "LOGSITE_DATA": data,
        "KAFKA_BROKERS": brokers,
        "LOG_TOPIC": topic,
        "MONGO_URL": mongo_url,
    }
    words = [sys.executable, "manage.py", "consume", "store"]
    started = subprocess.Popen(words, cwd=ROOT, env=environment)
    try:
        yield psutil.Process(started.pid)
    finally:
        started.terminate()
        started.wait(30)


def accounted(database: Any) -> int:
    sums = list(
        database["blocks"].aggregate(
            [{"$group": {"_id": None, "n": {"$sum": "$states.stored"}}}]
        )
    )
    return sums[0]["n"] if sums else 0


def wait_until(database: Any, entries: int) -> float:
    while (stored := accounted(database)) < entries:
        time.sleep(0.02 if stored else 0.01)
    return time.perf_counter()


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def measure(brokers: str, mongod: psutil.Process, mongo_url: str, n: int) -> Measured:
    topic = f"bench-{uuid.uuid4().hex[:8]}"
    url = mongo_url.replace("/logsite?", f"/bench_{topic[6:]}?")
    fill(brokers, topic, n)
    with (
        pymongo.MongoClient(url) as client,
        tempfile.TemporaryDirectory() as data,
        worker(brokers, topic, url, data) as process,
    ):
        database = client.get_default_database()
        wait_until(database, 1)
        began, before, first = (
            time.perf_counter(),
            _both(process, mongod),
            accounted(database),
        )
        took = wait_until(database, n) - began
        spent = [
            now - then for now, then in zip(_both(process, mongod), before, strict=True)
        ]
        memory = process.memory_info().rss / 2**20
        sizes = _sizes(database)
        client.drop_database(database.name)
    done = n - first
    return Measured(
        done / took, spent[0] / done * 1e6, spent[1] / done * 1e6, memory, *sizes
    )


def _both(worker_process: psutil.Process, mongod: psutil.Process) -> list[float]:
    return [cpu_s(worker_process), cpu_s(mongod)]


def _sizes(database: Any) -> tuple[float, float]:
    database.client.admin.command("fsync")
    days = [n for n in database.list_collection_names() if n.startswith("logs_")]
    stats = [database.command("collStats", name) for name in days]
    entries = sum(stat["count"] for stat in stats)
    blocks = database.command("collStats", "blocks")
    return (
        sum(stat["totalSize"] for stat in stats) / entries,
        blocks["totalSize"] / entries,
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=3, help="the median is printed")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="logsite-bench-") as folder:
        kafka, brokers = start_kafka(Path(folder))
        mongodb, url = start_mongodb(Path(folder))
        try:
            mongod = psutil.Process(mongodb.run.pid)
            runs = [
                measure(brokers, mongod, url, options.entries)
                for _ in range(options.runs)
            ]
        finally:
            mongodb.stop()
            kafka.stop()
    print(HEAD)
    print(sorted(runs, key=lambda run: run.rate)[len(runs) // 2].row())


if __name__ == "__main__":
    main()
