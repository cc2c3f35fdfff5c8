"""Which entries of keyed requests a partition has seen within the last hour.

A message with the header `request` (12 bytes of hash, 4 of index) is a duplicate if the
same pair was at an earlier offset, in a block whose running maximum of append times is
within KEY_HOLDS_MS of the partition's.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import numpy as np

KEY_HOLDS_MS: Final = 3_600_000
HASH_BYTES: Final = 12
HEADER_BYTES: Final = 16


class BlockRequests:
    """The keyed entries of one block: request -> runs of (index, count, offset)."""

    def __init__(self) -> None:
        self.runs: dict[bytes, list[list[int]]] = {}

    def add(self, header: bytes, offset: int) -> None:
        """Note an entry; indexes and offsets that go on together share one run."""
        request, index = split_header(header)
        runs = self.runs.setdefault(request, [])
        if runs and runs[-1][0] + runs[-1][1] == index:
            start, count, first = runs[-1]
            if first + count == offset:
                runs[-1][1] = count + 1
                return
        runs.append([index, 1, offset])

    def has(self, request: bytes, index: int) -> bool:
        return any(
            start <= index < start + count
            for start, count, _ in self.runs.get(request, ())
        )

    def packed(self, block_first: int) -> list[list[bytes]]:
        """As stored: [[request, uint32 triples (index, count, offset - first)]...]."""
        return [
            [request, _pack(runs, block_first)] for request, runs in self.runs.items()
        ]

    @classmethod
    def unpacked(cls, stored: list[list[bytes]], block_first: int) -> BlockRequests:
        requests = cls()
        for request, triples in stored:
            rows = np.frombuffer(triples, dtype="<u4").reshape(-1, 3).tolist()
            requests.runs[request] = [
                [index, count, block_first + offset] for index, count, offset in rows
            ]
        return requests


class SeenRequests:
    """The requests of the partition's finished blocks that still count."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[int, tuple[int, BlockRequests]] = OrderedDict()

    def add_block(self, first: int, received: int, requests: BlockRequests) -> None:
        """Remember a finished block; `received` is its running maximum, in ms."""
        if requests.runs:
            self._blocks[first] = (received, requests)

    def has(self, header: bytes, received: int) -> bool:
        """Whether the pair was seen within the hour before `received` (running max)."""
        self._forget(received)
        request, index = split_header(header)
        return any(block.has(request, index) for _, block in self._blocks.values())

    def _forget(self, received: int) -> None:
        while self._blocks:
            first, (block_received, _) = next(iter(self._blocks.items()))
            if block_received >= received - KEY_HOLDS_MS:
                return
            del self._blocks[first]


def split_header(header: bytes) -> tuple[bytes, int]:
    return header[:HASH_BYTES], int.from_bytes(header[HASH_BYTES:], "big")


def _pack(runs: list[list[int]], block_first: int) -> bytes:
    rows = [(index, count, first - block_first) for index, count, first in runs]
    return np.array(rows, dtype="<u4").tobytes()
