"""Entries in MongoDB as the store worker leaves them, and the same in VictoriaLogs.

A host and a service are one source, whose entries share a partition: blocks of several
partitions fill at the same time and lie side by side in time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx
import msgspec

from bench.data import START
from bench.data import entries as lines
from bench.peers.victorialogs import INSERT, VictoriaLogs
from ingest.days import ENGINE
from ingest.documents import ensure_collections
from ingest.entry import LogEntry
from ingest.fold.block import OpenBlock, position, to_ms
from ingest.formats.canonical import canonical_entry

PARTITIONS = 3
INCARNATION = 1
DAY = f"logs_{START:%Y%m%d}"
BATCH = 1_000  # lines in a request to a peer


class Stored(msgspec.Struct):
    """What a folder holds."""

    total: int
    rare: str  # an id that one entry has, a third of the way up


class BlockWriter:
    """Fills the blocks of all partitions and writes each when it is full."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self._blocks = {p: OpenBlock(0, to_ms(START)) for p in range(PARTITIONS)}

    def add(self, entries: list[LogEntry]) -> None:
        by_partition: defaultdict[int, list[LogEntry]] = defaultdict(list)
        for entry in entries:
            by_partition[partition_of(entry)].append(entry)
        for partition, some in by_partition.items():
            while some:
                some = self._fill(partition, some)

    def _fill(self, partition: int, some: list[LogEntry]) -> list[LogEntry]:
        """Those that found no room in the block; it is written then."""
        block = self._blocks[partition]
        taken, left = some[: block.room], some[block.room :]
        first = block.last + 1
        block.add_entries(taken, 250 * len(taken), [to_ms(START)] * len(taken))
        places = enumerate(taken, first)
        self._db[DAY].insert_many([_document(partition, *one) for one in places])
        if not block.room:
            self._write(partition, done=True)
            self._blocks[partition] = OpenBlock(block.last + 1, to_ms(START))
        return left

    def finish(self) -> None:
        """Make visible what lies in blocks that are not full."""
        for partition, block in self._blocks.items():
            if block.last >= block.first:
                self._write(partition, done=False)

    def _write(self, partition: int, *, done: bool) -> None:
        block = self._blocks[partition].document(INCARNATION, partition, "logs", done)
        self._db["blocks"].insert_one(block)


def partition_of(entry: LogEntry) -> int:
    source = f"{entry.service}/{entry.metadata['host']}"
    return crc32(source.encode()) % PARTITIONS


def _document(partition: int, offset: int, entry: LogEntry) -> dict[str, Any]:
    return {
        "_id": position(INCARNATION, partition, offset),
        "timestamp": entry.timestamp,
        "received": entry.timestamp,
        "level": entry.level,
        "service": entry.service,
        "message": entry.message,
        "metadata": entry.metadata,
    }


def fill(folder: Path, db: Any, peer: VictoriaLogs | None, total: int) -> Stored:
    """Store the entries everywhere, unless the folder holds them already."""
    note = folder / "stored.json"
    if note.exists():
        return msgspec.json.decode(note.read_bytes(), type=Stored)
    ensure_collections(db)
    db.create_collection(
        DAY,
        clusteredIndex={"key": {"_id": 1}, "unique": True},
        storageEngine={"wiredTiger": {"configString": ENGINE}},
    )
    stored = Stored(total, _write(db, peer, total))
    note.write_bytes(msgspec.json.encode(stored))
    return stored


def _write(db: Any, peer: VictoriaLogs | None, total: int) -> str:
    writer, rare, done = BlockWriter(db), "", 0
    for some in _batches(lines(total)):
        entries = [entry for line in some if (entry := canonical_entry(line))]
        writer.add(entries)
        if peer:
            _send(peer, some)
        done += len(some)
        if not rare and done >= total // 3:
            rare = entries[0].metadata["request_id"]
    writer.finish()
    return rare


def _batches(made: Iterator[bytes]) -> Iterator[list[bytes]]:
    while some := list(islice(made, BATCH)):
        yield some


def _send(peer: VictoriaLogs, some: list[bytes]) -> None:
    address = f"http://127.0.0.1:{peer.port}{INSERT}"
    httpx.post(address, content=b"\n".join(some), trust_env=False).raise_for_status()
