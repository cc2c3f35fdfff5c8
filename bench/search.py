"""Search over blocks against a full scan by MongoDB of the same entries.

    python -m bench.search --entries 600000

Writes blocks and entries as the store worker leaves them, lines of eight kinds of
program interleaved at random, a unique id in each. Every row is the median of a few
runs, in milliseconds. Compare the ratios, not the figures: machines differ.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.days import ENGINE
from ingest.documents import ensure_collections
from ingest.entry import LogEntry
from ingest.fold.block import BLOCK_OFFSETS, OpenBlock, position, to_ms
from ingest.mongo import connect
from ingest.query.counting import count
from ingest.query.filter import LogFilter
from ingest.query.histogram import histogram
from ingest.query.run import search
from ingest.query.visible import pin
from tests.parts import start_mongodb

START = datetime(2026, 3, 1, 11, tzinfo=UTC)
PARTITIONS = 3
LEVELS = ("INFO", "INFO", "INFO", "WARN", "ERROR")
SERVICES = ("api-service", "auth-service", "payment-service")
# One line of each of eight kinds of program, written for this file.
LINES = (
    "Failed password for invalid user {name} from 10.0.{a}.{b} port {c}",
    "GET /orders/{c}/items 200 {a} bytes in {b} ms",
    "Received block blk_{c} of size 67108864 from /10.0.{a}.{b}",
    "Task {a} in stage {b}.0 finished in {c} ms on executor {name}",
    "Connection to node{a} timed out, retry {b} of 5 for session 0x{c:x}",
    "instance {c:08x}: volume attached to {name} after {b} s",
    "kernel: usb {a}-{b}: new device found, id {c}",
    "payment {c} of customer {name} declined by bank {a}",
)
NAMES = ("root", "admin", "alice", "bob", "guest", "oracle", "deploy", "carol")


@dataclass(frozen=True)
class Case:
    """One row: the same question over blocks and as a scan."""

    name: str
    ours: Callable[[Any], Any]
    scan: Callable[[Any], Any]


def entries(total: int) -> Iterator[LogEntry]:
    rng = random.Random(7)
    for number in range(total):
        a, b, c = rng.randrange(256), rng.randrange(256), rng.randrange(10**6)
        line = rng.choice(LINES).format(a=a, b=b, c=c, name=rng.choice(NAMES))
        yield LogEntry(
            START + timedelta(milliseconds=number),
            rng.choice(LEVELS),
            rng.choice(SERVICES),
            line,
            {"request_id": f"{number:08x}", "latency_ms": number % 900},
        )


def load(db: Any, total: int) -> None:
    ensure_collections(db)
    db.create_collection(
        f"logs_{START:%Y%m%d}",
        clusteredIndex={"key": {"_id": 1}, "unique": True},
        storageEngine={"wiredTiger": {"configString": ENGINE}},
    )
    partitions: list[list[LogEntry]] = [[] for _ in range(PARTITIONS)]
    for number, entry in enumerate(entries(total)):
        partitions[number % PARTITIONS].append(entry)
    for partition, mine in enumerate(partitions):
        for first in range(0, len(mine), BLOCK_OFFSETS):
            _write_block(db, partition, first, mine[first : first + BLOCK_OFFSETS])


def _write_block(db: Any, partition: int, first: int, some: list[LogEntry]) -> None:
    block = OpenBlock(first, to_ms(START))
    block.add_entries(some, 250 * len(some), [to_ms(START)] * len(some))
    db[f"logs_{START:%Y%m%d}"].insert_many(
        [
            {
                "_id": position(1, partition, offset),
                "timestamp": entry.timestamp,
                "received": entry.timestamp,
                "level": entry.level,
                "service": entry.service,
                "message": entry.message,
                "metadata": entry.metadata,
            }
            for offset, entry in enumerate(some, first)
        ]
    )
    db["blocks"].insert_one(block.document(1, partition, "logs", done=True))


def cases(total: int) -> list[Case]:
    rare = f"{total // 3:08x}"
    phrase = '"failed password"'
    narrow = LogFilter(phrase, ("auth-service",), ("ERROR",))
    fields = {"service": "auth-service", "level": "ERROR"}
    failed = {"message": {"$regex": "failed password", "$options": "i"}}
    return [
        Case("absent word", _page("zzzzqq"), _scan({"message": {"$regex": "zzzzqq"}})),
        Case("rare id", _page(rare), _scan({"metadata.request_id": rare})),
        Case("newest 50 of a phrase", _page(phrase), _scan(failed)),
        Case(
            "newest 50 of a level", _ask(levels=("ERROR",)), _scan({"level": "ERROR"})
        ),
        Case(
            "phrase, service and level",
            lambda db: search(db, narrow),
            _scan({**failed, **fields}),
        ),
        Case(
            "count of a level",
            lambda db: count(db, LogFilter(levels=("ERROR",)), pin(db)),
            lambda db: _day(db).count_documents({"level": "ERROR"}),
        ),
        Case(
            "histogram by level",
            lambda db: histogram(db, LogFilter()),
            lambda db: list(_day(db).aggregate(_by_minute())),
        ),
        Case("newest 50", _ask(), _scan({})),
    ]


def _page(text: str) -> Callable[[Any], Any]:
    return _ask(text=text)


def _ask(**asked: Any) -> Callable[[Any], Any]:
    log_filter = LogFilter(**asked)
    return lambda db: search(db, log_filter)


def _scan(conditions: dict[str, Any]) -> Callable[[Any], Any]:
    newest_first = [("timestamp", -1)]
    return lambda db: list(_day(db).find(conditions, sort=newest_first, limit=50))


def _day(db: Any) -> Any:
    return db[f"logs_{START:%Y%m%d}"]


def _by_minute() -> list[dict[str, Any]]:
    minute = {"$dateTrunc": {"date": "$timestamp", "unit": "minute"}}
    key = {"minute": minute, "level": "$level"}
    return [{"$group": {"_id": key, "n": {"$sum": 1}}}]


def median_ms(ask: Callable[[Any], Any], db: Any, runs: int) -> float:
    ask(db)
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        ask(db)
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


def measure(db: Any, total: int, runs: int) -> None:
    load(db, total)
    print(f"| {total:,} entries, ms | full scan | blocks | times |\n|---|---|---|---|")
    for case in cases(total):
        scan, ours = (median_ms(ask, db, runs) for ask in (case.scan, case.ours))
        print(f"| {case.name} | {scan:,.1f} | {ours:,.1f} | {scan / ours:,.1f} |")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=600_000)
    parser.add_argument("--runs", type=int, default=5, help="the median is printed")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="logsite-bench-") as folder:
        mongodb, url = start_mongodb(Path(folder))
        try:
            measure(connect(url), options.entries, options.runs)
        finally:
            mongodb.stop()


if __name__ == "__main__":
    main()
