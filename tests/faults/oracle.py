"""What was sent, what was acknowledged, and what must be true of both afterwards.

Nothing acknowledged is lost, nothing is doubled, nothing is invented, and the blocks
account for every offset exactly once.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pymongo.database import Database

Document = dict[str, Any]
Name = tuple[int, int]  # producer, number in its sequence


class Ledger:
    """Two files: what was about to be sent, and what a 202 was received for."""

    def __init__(self, folder: Path, run: str) -> None:
        self.run = run
        self._sent = (folder / "sent").open("a+")
        self._acked = (folder / "acked").open("a+")
        self._lock = threading.Lock()
        self._producers = 0

    def producer(self) -> int:
        """The number of the next sender: each has a sequence of its own."""
        self._producers += 1
        return self._producers

    def entry(self, producer: int, number: int, text: str) -> Document:
        return {
            "level": ("INFO", "WARN", "ERROR")[number % 3],
            # Enough sources for all partitions.
            "service": f"service-{producer}-{number % 5}",
            "message": f"{text} {number}",
            "metadata": {"run": self.run, "producer": producer, "number": number},
        }

    def sending(self, entries: Iterable[Document]) -> None:
        """Before the request leaves."""
        self._write(self._sent, (f"{_key(e)} {digest(e)}" for e in entries))

    def acknowledged(self, entries: Iterable[Document]) -> None:
        """After the 202: from here on it must never be lost, not even by us."""
        self._write(self._acked, map(_key, entries))
        os.fsync(self._acked.fileno())

    def _write(self, file: Any, lines: Iterable[str]) -> None:
        text = "".join(f"{line}\n" for line in lines)
        with self._lock:
            file.write(text)
            file.flush()

    @property
    def sent(self) -> dict[Name, str]:
        return {(int(p), int(n)): sha for p, n, sha in self._lines(self._sent)}

    @property
    def acked(self) -> set[Name]:
        return {(int(p), int(n)) for p, n in self._lines(self._acked)}

    def _lines(self, file: Any) -> Iterator[list[str]]:
        for line in Path(file.name).read_text().splitlines():
            yield line.split()

    def close(self) -> None:
        self._sent.close()
        self._acked.close()


def _key(entry: Mapping[str, Any]) -> str:
    return f"{entry['metadata']['producer']} {entry['metadata']['number']}"


def digest(entry: Mapping[str, Any]) -> str:
    """Of all that the sender said."""
    said = [entry[name] for name in ("level", "service", "message", "metadata")]
    text = json.dumps(said, sort_keys=True).encode()
    return hashlib.sha256(text).hexdigest()


@dataclass(frozen=True)
class Reach:
    """What Kafka holds of a partition, and how far its blocks reach."""

    start: int
    end: int
    reached: int


Reaches = Mapping[int, Reach]


@dataclass
class Verdict:
    """What is wrong, by kind; a good run has none of it."""

    lost: set[Name] = field(default_factory=set)
    doubled: set[Name] = field(default_factory=set)
    invented: set[Name] = field(default_factory=set)
    changed: set[Name] = field(default_factory=set)
    accounts: list[str] = field(default_factory=list)
    stored: int = 0
    acked: int = 0

    @property
    def is_good(self) -> bool:
        wrong = (self.lost, self.doubled, self.invented, self.changed, self.accounts)
        return not any(wrong)

    def __str__(self) -> str:
        parts = [f"acknowledged {self.acked}, stored {self.stored}"]
        for name in ("lost", "doubled", "invented", "changed"):
            if found := getattr(self, name):
                parts.append(f"{name} {len(found)}: {sorted(found)[:5]}")
        return "; ".join(parts + self.accounts[:10])


def judge(ledger: Ledger, database: Database[Document], reaches: Reaches) -> Verdict:
    """Compare what was sent with all that is stored."""
    sent, acked = ledger.sent, ledger.acked
    found = Counter[Name]()
    verdict = Verdict(acked=len(acked))
    for entry in entries(database):
        if entry["metadata"].get("run") != ledger.run:
            continue
        name = _name(entry)
        found[name] += 1
        if name not in sent:
            verdict.invented.add(name)
        elif sent[name] != digest(entry):
            verdict.changed.add(name)
    verdict.stored = found.total()
    verdict.doubled = {name for name, count in found.items() if count > 1}
    verdict.lost = acked - set(found) - dead(ledger, database)
    verdict.accounts = unaccounted(database, reaches)
    return verdict


def entries(database: Database[Document]) -> Iterator[Document]:
    """Every entry of every day, visible or not."""
    for name in days(database):
        yield from database[name].find()


def days(database: Database[Document]) -> list[str]:
    names = database.list_collection_names(filter={"name": {"$regex": r"^logs_\d+$"}})
    return sorted(names)


def _name(entry: Mapping[str, Any]) -> Name:
    return entry["metadata"]["producer"], entry["metadata"]["number"]


def dead(ledger: Ledger, database: Database[Document]) -> set[Name]:
    """Entries of this run that are dead letters, as far as they can be read."""
    names = set()
    for letter in database["dead_letters"].find():
        try:
            entry = json.loads(letter["value"])
            if entry["metadata"]["run"] == ledger.run:
                names.add(_name(entry))
        except (ValueError, KeyError, TypeError):
            continue  # not one of ours
    return names


# -- accounts ----------------------------------------------------------------------


def unaccounted(database: Database[Document], reaches: Reaches) -> list[str]:
    """Where blocks, entries and offsets do not agree."""
    wrong = []
    for partition, reach in reaches.items():
        query = {"partition": partition}
        blocks = list(database["blocks"].find(query).sort("_id", 1))
        wrong += _broken_chain(blocks, partition)
        wrong += [text for block in blocks for text in _wrong_sums(block)]
        wrong += _wrong_reach(blocks, partition, reach)
    return wrong + _unseen(database)


def _broken_chain(blocks: list[Document], partition: int) -> list[str]:
    return [
        f"partition {partition}: {before['last']} is followed by {after['first']}"
        for before, after in zip(blocks, blocks[1:], strict=False)
        if before["_id"][:4] == after["_id"][:4]  # one incarnation
        and after["first"] != before["last"] + 1
    ]


def _wrong_sums(block: Document) -> list[str]:
    where = f"block {block['partition']}/{block['first']}"
    size = block["last"] - block["first"] + 1
    wrong = []
    if sum(block["states"].values()) != size:
        wrong.append(f"{where}: states {block['states']} are not {size}")
    if sum(count for *_, count in block["counts"]) != block["states"]["stored"]:
        wrong.append(f"{where}: counts are not {block['states']['stored']} stored")
    return wrong


def _wrong_reach(blocks: list[Document], partition: int, reach: Reach) -> list[str]:
    wrong = []
    first = min((block["first"] for block in blocks), default=reach.start)
    if first > reach.start:
        wrong.append(f"partition {partition}: begins at {first}, not {reach.start}")
    if reach.reached != reach.end:
        wrong.append(f"partition {partition}: reaches {reach.reached} of {reach.end}")
    return wrong


def reached(database: Database[Document], topic_id: str, partition: int) -> int:
    """Behind the last offset that is visible in the present life of the topic."""
    head = database["heads"].find_one({"_id": f"{topic_id}/{partition}"})
    if head is None:
        return 0
    lane = head["incarnation"].to_bytes(4, "big") + partition.to_bytes(4, "big")
    inside = {"$gte": lane + b"\0" * 8, "$lte": lane + b"\xff" * 8}
    newest = database["blocks"].find_one({"_id": inside}, sort=[("_id", -1)])
    return int(newest["last"] if newest else head["last"]) + 1


def _unseen(database: Database[Document]) -> list[str]:
    """Every stored entry is in a block as stored, and the other way round."""
    counted = sum(b["states"]["stored"] for b in database["blocks"].find())
    there = sum(database[name].count_documents({}) for name in days(database))
    if counted == there:
        return []
    return [f"blocks count {counted} stored entries, there are {there}"]
