"""What each step of the store worker costs, without Kafka and MongoDB.

    python -m bench.steps --entries 20480 --runs 9

CPU of the thread, the least of several runs: on a busy machine that is the figure that
comes back. What it leaves out are the clients' own threads and the waiting.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import bson

from bench.data import entries
from ingest.fold import terms
from ingest.fold.block import BLOCK_OFFSETS
from ingest.fold.message import Piece, each
from ingest.fold.state import Lane, PartitionFold, Writes
from ingest.formats.canonical import canonical_entry
from ingest.steps.decode import decode_runs
from ingest.words import word_bytes

POLL = 2_000
APPENDED_MS = 1_772_362_800_000


@dataclass(frozen=True)
class Sent:
    """A message as the Kafka client gives it."""

    at: int
    content: bytes

    def value(self) -> bytes:
        return self.content

    def key(self) -> None:
        return None

    def offset(self) -> int:
        return self.at

    def timestamp(self) -> tuple[int, int]:
        return 2, APPENDED_MS + self.at // 100

    def headers(self) -> None:
        return None

    def leader_epoch(self) -> int:
        return 0


def least_us(step: Callable[[], object], count: int, runs: int) -> float:
    took = []
    for _ in range(runs):
        gc.collect()
        began = time.thread_time()
        step()
        took.append(time.thread_time() - began)
    return min(took) / count * 1e6


def cut(some: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [some[start : start + size] for start in range(0, len(some), size)]


def folded(polls: list[list[Piece]]) -> Writes:
    fold = PartitionFold(Lane("bench", 0, 1), 0)
    for pieces in polls:
        fold.fold(pieces)
    return fold.take_writes()


def steps(total: int) -> dict[str, Callable[[], object]]:
    values = list(entries(total))
    polls = cut([Sent(at, value) for at, value in enumerate(values)], POLL)
    decoded = [decode_runs(poll) for poll in polls]
    writes = folded(decoded)
    documents = [each for day in writes.entries.values() for each in day]
    everything = [message.content for one in decoded for message in each(one)]
    blocks = cut(everything, BLOCK_OFFSETS)
    texts = [terms.texts_of_all(block) for block in blocks]
    words = [word_bytes(each) for each in texts]
    hashes = [terms.digests(each) for each in words]
    return {
        "decode": lambda: [decode_runs(poll) for poll in polls],
        "- each by itself": lambda: [canonical_entry(value) for value in values],
        "fold": lambda: folded(decoded),
        "- texts": lambda: [terms.texts_of_all(block) for block in blocks],
        "- words": lambda: [word_bytes(each) for each in texts],
        "- hashes": lambda: [terms.digests(each) for each in words],
        "- filter": lambda: [terms.build(each) for each in hashes],
        "BSON of entries": lambda: [bson.encode(each) for each in documents],
        "BSON of blocks": lambda: [bson.encode(each) for each in writes.blocks],
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entries", type=int, default=20 * BLOCK_OFFSETS)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args(arguments)
    measured = steps(options.entries)
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)  # as in the worker
    print("| step | CPU µs/entry |\n|---|---|")
    for name, step in measured.items():
        print(f"| {name} | {least_us(step, options.entries, options.runs):.2f} |")


if __name__ == "__main__":
    main()
