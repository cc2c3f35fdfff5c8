"""Kafka to stored: ours and its peers in turn, on the same topic and the same MongoDB.

    python -m bench.store --entries 600000 --rounds 5
    CONNECT_LIBS=/path/to/jars RSYSLOGD=/usr/sbin/rsyslogd python -m bench.store

Three brokers, a topic of four partitions, collections of one layout (clustered, zstd,
256 KB leaf pages). Ours stores entries that can be searched by word, with one worker
process; the connector stores documents, with two tasks. A clock runs from the first
tenth that is stored to the end; what the sink holds is counted afterwards by distinct
ids. Compare ratios: machines differ.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import psutil
import pymongo

from bench.accounts import Meter, median
from bench.data import entries
from bench.parts import MongoDB, fill, running_kafka, running_mongodb
from bench.peers.connector import Connect, Tuning, running_connect
from bench.peers.rsyslog import running_rsyslog
from ingest.days import ENGINE

ROOT = Path(__file__).resolve().parent.parent
PARTITIONS = 4  # as many for each of the connector's two tasks
BROKERS = 3
WARM_SHARE = 0.1
LOOK_S = 0.05
STALLED_S = 60.0
OURS = "logsite, one worker"
CONNECTOR = "MongoDB's sink connector"
RSYSLOG = "rsyslog"
RSYSLOG_SHARE = 30  # it is slow: a few of the entries are enough
HEAD = (
    "| Kafka to MongoDB | entries/s | worker CPU µs/entry | mongod CPU µs/entry "
    "| RSS MB | bytes on disk | verified |\n|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Measured:
    """What one round cost, or the medians of several."""

    rate: float
    worker_us: float
    mongod_us: float
    worker_mb: float
    disk_bytes: float  # per entry; blocks included
    verified: float  # share of the entries that are in the sink, each once

    def row(self, name: str) -> str:
        return (
            f"| {name} | {self.rate:,.0f} "
            f"| {self.worker_us:.1f} | {self.mongod_us:.1f} "
            f"| {self.worker_mb:,.0f} | {self.disk_bytes:.1f} | {self.verified:.4%} |"
        )

    def over(self, peer: Measured) -> str:
        shares = [a / b for a, b in zip(astuple(self), astuple(peer), strict=True)]
        cells = " | ".join(f"{share:.2f}" for share in shares[:-1])
        return f"| ours, of the connector's | {cells} | |"


@dataclass(frozen=True)
class Running:
    """A subject at work on one database."""

    process: psutil.Process
    stored: Callable[[Any], int]  # how many entries the database shows so far
    expected: int


Storing = Callable[[str], AbstractContextManager[Running]]  # name of a new database
Subjects = dict[str, Storing]


@dataclass(frozen=True)
class Bench:
    """What all subjects share."""

    brokers: str
    topic: str
    entries: int
    mongodb: MongoDB
    client: pymongo.MongoClient[dict[str, Any]]
    folder: Path

    @contextmanager
    def ours(self, name: str) -> Iterator[Running]:
        data = self.folder / name
        environment = os.environ | {
            "LOGSITE_DATA": str(data),
            "HEARTBEAT_DIR": str(data / "run"),
            "KAFKA_BROKERS": self.brokers,
            "LOG_TOPIC": self.topic,
            "MONGO_URL": self.mongodb.url(name),
        }
        words = [sys.executable, "manage.py", "consume", "store"]
        with (self.folder / f"{name}.log").open("wb") as log:
            started = subprocess.Popen(
                words, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            yield Running(psutil.Process(started.pid), visible, self.entries)
        finally:
            started.terminate()
            started.wait(30)

    @contextmanager
    def connector(self, connect: Connect, name: str) -> Iterator[Running]:
        self._make_collection(name)
        with connect.sinking(name, self.topic, self.mongodb):
            yield Running(connect.process, _documents, self.entries)

    @contextmanager
    def rsyslog(self, binary: Path, topic: str, name: str) -> Iterator[Running]:
        self._make_collection(name)
        few = self.entries // RSYSLOG_SHARE
        place = (self.folder, name, topic, self.brokers, self.mongodb)
        with running_rsyslog(binary, *place) as process:
            yield Running(process, _documents, few)

    def _make_collection(self, name: str) -> None:
        self.client[name].create_collection(
            "entries",
            clusteredIndex={"key": {"_id": 1}, "unique": True},
            storageEngine={"wiredTiger": {"configString": ENGINE}},
        )


def visible(database: Any) -> int:
    """Entries that search can find: what heads say costs next to nothing to ask."""
    heads = database["heads"].find({}, {"start": 1, "last": 1})
    return sum(head["last"] - head["start"] + 1 for head in heads)


def _documents(database: Any) -> int:
    count: int = database["entries"].estimated_document_count()
    return count


def measure(bench: Bench, storing: Storing) -> Measured:
    name = f"bench_{uuid.uuid4().hex[:8]}"
    database = bench.client[name]
    with storing(name) as running:
        worker, mongod = running.process, bench.mongodb.process
        meter = Meter({"worker": worker, "mongod": mongod})
        stored = lambda: running.stored(database)  # noqa: E731
        first = _wait(stored, int(running.expected * WARM_SHARE), meter)
        meter.begin()
        began = time.perf_counter()
        last = _wait(stored, running.expected, meter)
        took, spent = time.perf_counter() - began, meter.spent()
    done = last - first
    disk, verified = _sizes(database), _distinct(database)
    bench.client.drop_database(name)
    return Measured(
        rate=done / took,
        worker_us=spent["worker"] / done * 1e6,
        mongod_us=spent["mongod"] / done * 1e6,
        worker_mb=meter.peaks["worker"],
        disk_bytes=disk / verified,
        verified=verified / running.expected,
    )


def _wait(stored: Callable[[], int], wanted: int, meter: Meter) -> int:
    seen, moved = -1, time.monotonic()
    while (now := stored()) < wanted:
        if now != seen:
            seen, moved = now, time.monotonic()
        if time.monotonic() - moved > STALLED_S:
            raise SystemExit(f"nothing was stored for {STALLED_S:.0f} s, after {now:,}")
        meter.look()
        time.sleep(LOOK_S)
    meter.look()
    return now


def _sizes(database: Any) -> int:
    """Bytes of entries, and of blocks where there are any, after a checkpoint."""
    database.client.admin.command("fsync")
    names = [*_days(database), "entries", "blocks"]
    present = set(database.list_collection_names())
    stats = (database.command("collStats", name) for name in names if name in present)
    return sum(stat["totalSize"] for stat in stats)


def _distinct(database: Any) -> int:
    ids = {"$group": {"_id": "$metadata.request_id"}}
    names = _days(database) or ["entries"]
    others = [{"$unionWith": name} for name in names[1:]]
    counted = database[names[0]].aggregate(
        [*others, ids, {"$count": "n"}], allowDiskUse=True
    )
    return sum(row["n"] for row in counted)


def _days(database: Any) -> list[str]:
    names = database.list_collection_names(filter={"type": "collection"})
    return sorted(name for name in names if name.startswith("logs_"))


def summary(rounds: list[Measured]) -> Measured:
    return Measured(
        *(median(column) for column in zip(*map(astuple, rounds), strict=True))
    )


def subjects(bench: Bench, options: argparse.Namespace, stack: ExitStack) -> Subjects:
    """What can be measured here, by name; peers that are not given are said so."""
    chosen: Subjects = {OURS: bench.ours}
    if options.connect_libs:
        tuning = Tuning(options.heap, options.batch, options.ids)
        settings = (options.connect_libs, bench.folder, bench.brokers, tuning)
        connect = stack.enter_context(running_connect(*settings))
        chosen[CONNECTOR] = lambda name: bench.connector(connect, name)
    if options.rsyslogd:
        topic = f"{bench.topic}-few"
        few = entries(bench.entries // RSYSLOG_SHARE)
        fill(bench.brokers, topic, PARTITIONS, BROKERS, few)
        chosen[RSYSLOG] = lambda name: bench.rsyslog(options.rsyslogd, topic, name)
    return chosen


def run(bench: Bench, chosen: Subjects, rounds: int) -> None:
    if CONNECTOR in chosen:  # a JVM needs to get warm
        for name in (CONNECTOR, CONNECTOR):
            print(measure(bench, chosen[name]).row(f"{name}, warming up"), flush=True)
    results: dict[str, list[Measured]] = defaultdict(list)
    for _ in range(rounds):
        for name, storing in chosen.items():
            results[name].append(measure(bench, storing))
            print(results[name][-1].row(name), flush=True)
    print(f"\nMedians of {rounds} rounds of {bench.entries:,} entries:\n\n{HEAD}")
    print_table({name: summary(several) for name, several in results.items()})


def print_table(medians: dict[str, Measured]) -> None:
    for name in (OURS, CONNECTOR, RSYSLOG):
        one = medians.get(name)
        print(one.row(name) if one else f"| {name} | not measured | | | | | |")
    if CONNECTOR in medians:
        print(medians[OURS].over(medians[CONNECTOR]))


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add, given = parser.add_argument, os.environ.get
    add("--entries", type=int, default=600_000)
    add("--rounds", type=int, default=5, help="medians are printed")
    add("--connect-libs", type=_there, default=given("CONNECT_LIBS"), help="jars")
    add("--rsyslogd", type=_there, default=given("RSYSLOGD"), help="the binary")
    add("--heap", default=Tuning.heap, help="of Kafka Connect's JVM")
    add("--batch", type=int, default=Tuning.batch, help="of the connector")
    add("--ids", default=Tuning.ids, help="how the connector makes them")
    return parser.parse_args(arguments)


def _there(path: str) -> Path:
    if not Path(path).exists():
        raise argparse.ArgumentTypeError(f"{path} is not there")
    return Path(path)


def main(arguments: list[str] | None = None) -> None:
    options = options_of(arguments)
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="logsite-bench-"))
        )
        cluster = stack.enter_context(running_kafka(folder, BROKERS))
        mongodb = stack.enter_context(running_mongodb(folder))
        client: pymongo.MongoClient[Any] = pymongo.MongoClient(mongodb.url("admin"))
        stack.enter_context(client)
        topic, values = "bench", entries(options.entries)
        size = fill(cluster.brokers, topic, PARTITIONS, BROKERS, values)
        print(f"{options.entries:,} entries of {size / options.entries:.0f} bytes")
        count = options.entries
        bench = Bench(cluster.brokers, topic, count, mongodb, client, folder)
        run(bench, subjects(bench, options, stack), options.rounds)


if __name__ == "__main__":
    main()
