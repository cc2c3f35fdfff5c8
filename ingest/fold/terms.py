"""The word filter of a block: a Bloom filter that MongoDB can ask with $bitsAllSet.

Bit p of the filter is bit p % 8 of byte p // 8, lowest first, as $bitsAllSet counts.
A word sets the bits (a + i*b) mod size for i in 0..HASHES-1, where a and b are the two
64-bit halves of its xxh3-128: sizes are powers of two, so the filter of a smaller size
is the larger one folded in half.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import xxhash

from ingest.entry import LEVELS, MARKS, LogEntry

HASHES: Final = 4
BITS_PER_WORD: Final = 10  # at least: 1.2 % false positives, 0.1 % at twice the bits
MIN_BITS: Final = 512
MAX_BITS: Final = 1 << 21  # 256 KB: beyond 200,000 distinct words the rate rises
DIGEST_BYTES: Final = 16
_SPELLED: Final = ("timestamp", "level")  # in the marks
_SENT: Final = "sent"  # the sender's own marks, within ours
_STRING: Final = frozenset({str})


def texts_of(message: str, metadata: dict[str, Any]) -> Iterator[str]:
    """What is searched by word: the message and every value of the metadata.

    Of our own marks only how time and level were spelled, so that a line is found as
    it was: a search for `year` does not mean the entries whose year was inferred.
    """
    yield message
    yield from _values_of(metadata)


def texts_of_all(entries: Sequence[LogEntry]) -> list[str]:
    """The texts of many entries, in any order: fast where metadata is all strings."""
    texts = [entry.message for entry in entries]
    values = [value for entry in entries for value in entry.metadata.values()]
    if _STRING.issuperset(map(type, values)):
        return texts + values
    for entry in entries:
        texts += _values_of(entry.metadata)
    return texts


def _values_of(metadata: dict[str, Any]) -> Iterator[str]:
    for key, value in metadata.items():
        if type(value) is str:
            yield value
        elif key != MARKS:
            yield from texts_in(value)
        elif isinstance(value, dict):
            yield from _spelled(value)
            if isinstance(of_sender := value.get(_SENT), dict):
                yield from _spelled(of_sender)


def _spelled(marks: dict[str, Any]) -> Iterator[str]:
    """Time and level as they were written; not a level that only differs in case."""
    for name in _SPELLED:
        text = marks.get(name)
        if isinstance(text, str) and text.upper() not in LEVELS:
            yield text


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a value, at any depth; numbers and booleans as JSON has them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, int | float):
        yield repr(value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def digests(words: Iterable[bytes]) -> bytes:
    """The words' hashes, DIGEST_BYTES each, one after the other."""
    return b"".join(map(xxhash.xxh3_128_digest, words))


def size_for(word_count: int) -> int:
    """The smallest filter, in bits, that keeps the rate for so many distinct words."""
    wanted = max(MIN_BITS, word_count * BITS_PER_WORD)
    return min(MAX_BITS, 1 << (wanted - 1).bit_length())


def build(hashes: bytes) -> tuple[bytes, int]:
    """The filter over the hashes of distinct words, and its size in bits."""
    bits = size_for(len(hashes) // DIGEST_BYTES)
    marked = np.zeros(bits, dtype=np.uint8)
    marked[_positions(hashes, bits).ravel()] = 1
    return np.packbits(marked, bitorder="little").tobytes(), bits


@lru_cache(maxsize=4_096)  # a search asks block after block for the same words
def positions(word: bytes, bits: int) -> tuple[int, ...]:
    """The bits that a filter of that size has set if it holds the word."""
    found = _positions(xxhash.xxh3_128_digest(word), bits)
    return tuple(sorted({int(position) for position in found.ravel()}))


def may_hold(terms: bytes, bits: int, word: bytes) -> bool:
    """False only if no entry of the block has the word."""
    return all(terms[p >> 3] >> (p & 7) & 1 for p in positions(word, bits))


def _positions(hashes: bytes, bits: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
    halves = np.frombuffer(hashes, dtype="<u8").reshape(-1, 2)
    steps = np.arange(HASHES, dtype=np.uint64)
    # Wraps around at 64 bits, which is meant.
    spread = halves[:, :1] + halves[:, 1:] * steps
    return spread & np.uint64(bits - 1)
