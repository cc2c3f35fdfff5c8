"""Search over blocks, a full scan by MongoDB, and VictoriaLogs, on the same entries.

    LOGHUB=folder VICTORIA_LOGS=binary python -m bench.search --entries 600000

Writes blocks and entries as the store worker leaves them; lines of many programs mixed
at random, a host and a unique id in each (bench.data). Every figure is the median of a
few runs, in milliseconds. Compare the ratios, not the figures: machines differ.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from bench.data import START
from bench.data import entries as lines
from bench.peers.victorialogs import INSERT, VictoriaLogs, running_victorialogs
from ingest.days import ENGINE
from ingest.documents import ensure_collections
from ingest.entry import LogEntry
from ingest.fold.block import BLOCK_OFFSETS, OpenBlock, position, to_ms
from ingest.formats.canonical import canonical_entry
from ingest.mongo import connect
from ingest.query.budget import Allowance
from ingest.query.filter import LogFilter
from ingest.query.histogram import histogram
from ingest.query.run import search
from ingest.query.series import per_minute
from tests.parts import start_mongodb

PARTITIONS = 3
DAY = f"logs_{START:%Y%m%d}"
BATCH = 1_000  # lines in a request to a peer
ALL = "_time:[2026-03-01T00:00:00Z,2026-03-03T00:00:00Z] "
NEWEST = " | sort by (_time desc) limit 50"
ENOUGH = Allowance(seconds=600, entries=10**9)


@dataclass(frozen=True)
class Case:
    """One row: the same question over blocks, as a scan, and in LogsQL."""

    name: str
    ours: Callable[[Any], Any]
    scan: Callable[[Any], Any]
    peer: str


def load(db: Any, peer: VictoriaLogs | None, total: int) -> str:
    """Store the entries everywhere; the id of one of them."""
    ensure_collections(db)
    db.create_collection(
        DAY,
        clusteredIndex={"key": {"_id": 1}, "unique": True},
        storageEngine={"wiredTiger": {"configString": ENGINE}},
    )
    made = lines(total)
    first = dict.fromkeys(range(PARTITIONS), 0)
    turn, rare = 0, ""
    while some := list(islice(made, BLOCK_OFFSETS)):
        entries = [entry for line in some if (entry := canonical_entry(line))]
        partition = turn % PARTITIONS
        _write_block(db, partition, first[partition], entries)
        first[partition] += len(entries)
        if peer:
            _send(peer, some)
        if turn * BLOCK_OFFSETS <= total // 3:
            rare = entries[0].metadata["request_id"]
        turn += 1
    return rare


def _send(peer: VictoriaLogs, some: list[bytes]) -> None:
    for start in range(0, len(some), BATCH):
        body = b"\n".join(some[start : start + BATCH])
        httpx.post(f"http://127.0.0.1:{peer.port}{INSERT}", content=body)


def _write_block(db: Any, partition: int, first: int, some: list[LogEntry]) -> None:
    block = OpenBlock(first, to_ms(START))
    block.add_entries(some, 250 * len(some), [to_ms(START)] * len(some))
    db[DAY].insert_many(
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


def cases(rare: str) -> Iterator[Case]:
    failed = {"message": {"$regex": "failed", "$options": "i"}}
    phrase = {"message": {"$regex": "failed password", "$options": "i"}}
    absent, mine = {"message": {"$regex": "zzzzqq"}}, {"metadata.request_id": rare}
    narrow = {"service": "auth-service", "level": "ERROR"}
    asked = "failed service:auth-service level:error"
    yield Case("absent word", _ask("zzzzqq"), _scan(absent), "zzzzqq" + NEWEST)
    yield Case(
        "rare id", _ask(rare), _scan(mine), f"metadata.request_id:{rare}{NEWEST}"
    )
    yield Case("newest 50 of a word", _ask("failed"), _scan(failed), "failed" + NEWEST)
    yield Case(
        *("word, service and level", _ask(asked), _scan({**failed, **narrow})),
        "failed service:auth-service level:ERROR" + NEWEST,
    )
    yield Case(
        *("newest 50 of a phrase", _ask('"failed password"'), _scan(phrase)),
        '"Failed password"' + NEWEST,
    )
    yield Case(
        *("newest 50 of a level", _ask("level:error"), _scan({"level": "ERROR"})),
        "level:ERROR" + NEWEST,
    )
    yield Case(
        *("histogram by level", lambda db: histogram(db, LogFilter()), _by_minute),
        "| stats by (_time:1m, level) count()",
    )
    yield Case(
        *("count of a word", _count("failed"), _counted(failed)),
        "failed | stats count()",
    )
    yield Case(
        *("count of an expression", _count("/failed pass/i"), _counted(phrase)),
        '~"(?i)failed pass" | stats count()',
    )
    either = {"$or": [failed, {"message": {"$regex": "timed out", "$options": "i"}}]}
    yield Case(
        *("newest 50 of two", _ask('failed OR "timed out"'), _scan(either)),
        '(failed or "timed out")' + NEWEST,
    )


def _ask(text: str) -> Callable[[Any], Any]:
    return lambda db: search(db, LogFilter(text))


def _count(text: str) -> Callable[[Any], Any]:
    return lambda db: per_minute(db, LogFilter(text), ENOUGH)


def _scan(conditions: dict[str, Any]) -> Callable[[Any], Any]:
    newest_first = [("timestamp", -1)]
    return lambda db: list(db[DAY].find(conditions, sort=newest_first, limit=50))


def _counted(conditions: dict[str, Any]) -> Callable[[Any], Any]:
    return lambda db: db[DAY].count_documents(conditions)


def _by_minute(db: Any) -> Any:
    minute = {"$dateTrunc": {"date": "$timestamp", "unit": "minute"}}
    key = {"minute": minute, "level": "$level"}
    return list(db[DAY].aggregate([{"$group": {"_id": key, "n": {"$sum": 1}}}]))


def median_ms(ask: Callable[[], Any], runs: int) -> float:
    ask()
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


def measure(db: Any, peer: VictoriaLogs | None, total: int, runs: int) -> None:
    rare = load(db, peer, total)
    with httpx.Client() as client:
        print(f"| {total:,} entries, ms | full scan | blocks | VictoriaLogs |")
        print("|---|---|---|---|")
        for case in cases(rare):
            scan = median_ms(lambda: case.scan(db), runs)  # noqa: B023 - called here
            ours = median_ms(lambda: case.ours(db), runs)  # noqa: B023
            theirs = "not measured"
            if peer:
                ask = _asker(client, peer, case.peer)
                theirs = f"{median_ms(ask, runs):,.1f}"
            print(f"| {case.name} | {scan:,.1f} | {ours:,.1f} | {theirs} |", flush=True)


def _asker(client: httpx.Client, peer: VictoriaLogs, query: str) -> Callable[[], Any]:
    address = f"http://127.0.0.1:{peer.port}/select/logsql/query"
    return lambda: client.post(address, data={"query": ALL + query}).raise_for_status()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=600_000)
    parser.add_argument("--runs", type=int, default=5, help="the median is printed")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory("-bench")))
        mongodb, url = start_mongodb(folder)
        stack.callback(mongodb.stop)
        binary = os.environ.get("VICTORIA_LOGS")
        peer = None
        if binary:
            running = running_victorialogs(Path(binary), folder)
            peer = stack.enter_context(running)
        measure(connect(url), peer, options.entries, options.runs)


if __name__ == "__main__":
    main()
