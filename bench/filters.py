"""What word filters cost and how often they are wrong, for several of their parameters.

    LOGHUB=folder/of/loghub python -m bench.filters

Blocks of 1,024 entries: lines as they are, lines with a host and a unique id in each,
and messages that are little but ids, addresses and UUIDs. For each the distinct words
of a block, and for each choice of parameters the bytes per entry and the share of
absent words for which a block would be read in vain. The first row is what is used.
"""

from __future__ import annotations

import argparse
import random
import statistics
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from bench.data import NAMES, _lines
from ingest.fold import terms
from ingest.fold.block import BLOCK_OFFSETS
from ingest.words import word_bytes

Texts = list[str]
# Hashes, and at least so many bits per word; sizes are powers of two.
CHOICES = ((4, 10), (3, 8), (4, 8), (3, 10), (6, 10), (4, 14), (6, 14), (7, 20))
PROBES = 20_000  # words that no block holds


def plain(rng: random.Random) -> Callable[[], Texts]:
    line = _lines(rng)
    return lambda: [line()]


def with_ids(rng: random.Random) -> Callable[[], Texts]:
    line = _lines(rng)
    return lambda: [
        line(),
        f"node-{rng.randrange(40)}",
        f"{rng.getrandbits(48):012x}",
    ]


def high_cardinality(rng: random.Random) -> Callable[[], Texts]:
    def made() -> Texts:
        address = ".".join(str(rng.randrange(256)) for _ in range(4))
        request = uuid.UUID(int=rng.getrandbits(128))
        return [
            f"{rng.choice(NAMES)} {address}:{rng.randrange(65_536)} request={request}"
            f" session=0x{rng.getrandbits(64):x} order {rng.randrange(10**9)}",
            f"{rng.getrandbits(128):032x}",
        ]

    return made


DATA = {
    "lines": plain,
    "lines, host and unique id": with_ids,
    "ids, addresses, UUIDs": high_cardinality,
}


def blocks(make: Callable[[], Texts], count: int) -> Iterator[set[bytes]]:
    for _ in range(count):
        yield word_bytes(text for _ in range(BLOCK_OFFSETS) for text in make())


def measure(words: list[set[bytes]], hashes: int, bits: int) -> tuple[float, float]:
    """Bytes per entry, and the share of absent words that the filters let through."""
    terms.HASHES, terms.BITS_PER_WORD = hashes, bits  # type: ignore[misc]
    built = [terms.build(terms.digests(some)) for some in words]
    size = statistics.fmean(len(held) for held, _ in built) / BLOCK_OFFSETS
    probes = [f"absent{number}".encode() for number in range(PROBES // len(built))]
    wrong = [terms.may_hold(*held, probe) for held in built for probe in probes]
    return size, sum(wrong) / len(wrong)


def rows(count: int) -> Iterator[str]:
    for name, data in DATA.items():
        words = list(blocks(data(random.Random(7)), count))
        distinct = statistics.fmean(map(len, words))
        for hashes, bits in CHOICES:
            size, wrong = measure(words, hashes, bits)
            yield (
                f"| {name} | {distinct:,.0f} | {hashes} | {bits} | {size:.1f}"
                f" | {wrong:.3%} |"
            )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--blocks", type=int, default=10, help="of each kind of data")
    options: Any = parser.parse_args(arguments)
    print(
        "| data | words in a block | hashes | bits per word | bytes per entry | wrong |"
    )
    print("|---|---|---|---|---|---|")
    for row in rows(options.blocks):
        print(row)


if __name__ == "__main__":
    main()
