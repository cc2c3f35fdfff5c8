"""Which blocks, and which of their entries, may hold what a search asks for.

The filters only ever leave out what cannot match: match.Matcher has the last word.
Text reaches MongoDB as bits of word hashes, names as values: never as an operator.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from ingest.fold.block import BLOCK_VERSION
from ingest.fold.terms import MAX_BITS, MIN_BITS, positions
from ingest.query.filter import LogFilter
from ingest.query.grammar import Query
from ingest.words import is_cjk

Conditions = dict[str, Any]

EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
FILTER_SIZES: Final = tuple(
    1 << power for power in range(MIN_BITS.bit_length() - 1, MAX_BITS.bit_length())
)


def blocks_in_time(log_filter: LogFilter, until: datetime | None) -> Conditions:
    """Blocks of the known version with an entry that may lie in the time asked for.

    `until` is one more upper bound, inclusive. An index holds all three fields.
    """
    conditions: Conditions = {
        "v": BLOCK_VERSION,
        "newest": {"$gte": log_filter.start or EARLIEST},  # so it is there at all
    }
    if upper := _upper(log_filter, until):
        conditions["oldest"] = upper
    return conditions


def blocks_that_may_match(
    log_filter: LogFilter, query: Query, until: datetime | None
) -> list[Conditions]:
    """What else has to be true of such a block; all of it."""
    conditions: list[Conditions] = []
    upper = _upper(log_filter, until)
    if log_filter.start and upper:
        inside = {"0": upper, "1": {"$gte": log_filter.start}}
        conditions.append({"spans": {"$elemMatch": inside}})
    if log_filter.services:
        conditions.append({"services": {"$in": list(log_filter.services)}})
    if log_filter.levels:
        conditions.append({"levels": {"$in": list(log_filter.levels)}})
    if log_filter.services and log_filter.levels:
        # counts are [minute, service, level, n]: both together, not each somewhere
        names = {"1": list(log_filter.services), "2": list(log_filter.levels)}
        both = {index: {"$in": some} for index, some in names.items()}
        conditions.append({"counts": {"$elemMatch": both}})
    if words := words_needed(query):
        conditions.append(_holding(words))
    return conditions


def entries_that_may_match(log_filter: LogFilter) -> Conditions:
    """What has to be true of an entry, apart from the text."""
    conditions: Conditions = {}
    if log_filter.start or log_filter.end:
        bounds = {"$gte": log_filter.start, "$lt": log_filter.end}
        conditions["timestamp"] = {op: at for op, at in bounds.items() if at}
    if log_filter.services:
        conditions["service"] = {"$in": list(log_filter.services)}
    if log_filter.levels:
        conditions["level"] = {"$in": list(log_filter.levels)}
    return conditions


def words_needed(query: Query) -> set[str]:
    """Words that every block with a match holds.

    Only complete words that are wanted: an excluded one says nothing about the rest
    of its block. Of a CJK run, which may be part of a longer one, the pairs; a single
    CJK character is in no index.
    """
    runs = (run for clause in query.wanted for run in clause.runs)
    return {word for run in runs for word in _indexed(run)}


def _indexed(run: str) -> Iterable[str]:
    if not is_cjk(run):
        return (run,)
    return (run[start : start + 2] for start in range(len(run) - 1))


def _holding(words: set[str]) -> Conditions:
    """One condition per size of word filter; an unknown size may hold anything.

    All sizes, not those that were seen: an unfinished block's filter may be written
    in another size at any time.
    """
    encoded = [word.encode() for word in words]
    sizes: list[Conditions] = [
        {"terms_bits": bits, "terms": {"$bitsAllSet": _bits(encoded, bits)}}
        for bits in FILTER_SIZES
    ]
    return {"$or": [*sizes, {"terms_bits": {"$nin": list(FILTER_SIZES)}}]}


def _bits(words: Iterable[bytes], size: int) -> list[int]:
    return sorted({bit for word in words for bit in positions(word, size)})


def _upper(log_filter: LogFilter, until: datetime | None) -> Conditions:
    bounds = {"$lt": log_filter.end, "$lte": until}
    return {operator: at for operator, at in bounds.items() if at}
