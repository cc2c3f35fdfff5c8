"""Which entries of keyed requests a partition has seen within the last hour.

A message with the header `request` (12 bytes of hash, 4 of index) is a duplicate if the
same pair was at an earlier offset, in a block whose running maximum of append times is
within KEY_HOLDS_MS of the partition's.
"""

from __future__ import annotations

from collections import deque
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

    def has_header(self, header: bytes) -> bool:
        return bool(self.runs) and self.has(*split_header(header))

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
        self._blocks: deque[tuple[int, list[bytes]]] = deque()  # oldest first
        self._runs: dict[bytes, list[list[int]]] = {}

    def add_block(self, received: int, requests: BlockRequests) -> None:
        """Remember a finished block; `received` is its running maximum, in ms."""
        if not requests.runs:
            return
        self._blocks.append((received, list(requests.runs)))
        for request, runs in requests.runs.items():
            known = self._runs.setdefault(request, [])
            known.extend([received, index, count] for index, count, _ in runs)

    def has(self, header: bytes, received: int) -> bool:
        """Whether the pair was seen within the hour before `received` (running max)."""
        self._forget(received - KEY_HOLDS_MS)
        request, index = split_header(header)
        return any(
            start <= index < start + count
            for _, start, count in self._runs.get(request, ())
        )

    def _forget(self, before: int) -> None:
        while self._blocks and self._blocks[0][0] < before:
            for request in self._blocks.popleft()[1]:
                kept = [run for run in self._runs.get(request, ()) if run[0] >= before]
                if kept:
                    self._runs[request] = kept
                else:
                    self._runs.pop(request, None)


def split_header(header: bytes) -> tuple[bytes, int]:
    return header[:HASH_BYTES], int.from_bytes(header[HASH_BYTES:], "big")


def _pack(runs: list[list[int]], block_first: int) -> bytes:
    rows = [(index, count, first - block_first) for index, count, first in runs]
    return np.array(rows, dtype="<u4").tobytes()
