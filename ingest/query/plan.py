"""Which blocks, and which of their entries, may hold what a search asks for.

The filters only ever leave out what cannot match: match.Matcher has the last word.
Text reaches MongoDB as bits of word hashes, names as values: never as an operator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from ingest.fold.block import BLOCK_OFFSETS, BLOCK_VERSION, LOG_LENGTH
from ingest.fold.terms import MAX_BITS, MIN_BITS, positions
from ingest.query.between import Between
from ingest.query.filter import LogFilter
from ingest.query.grammar import Query
from ingest.query.lifting import levels_of, services_of
from ingest.query.needed import words_of
from ingest.query.tree import And, Has, Id, Node, Or

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
    if below := list(_below(log_filter.between)):
        conditions.append({"$nor": below})
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
    return [*conditions, *_needed(query.tree)]


def _below(between: Between) -> Iterator[Conditions]:
    """Blocks that end before their log begins to count."""
    for log, at in between.after:
        lowest = max(0, at - BLOCK_OFFSETS + 1).to_bytes(8, "big")
        yield {"_id": {"$gte": log + bytes(8), "$lt": log + lowest}}


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


def _needed(node: Node) -> list[Conditions]:
    """What is true of every block with an entry that fulfils the node; all of it.

    [] if that is nothing: an exclusion says nothing about the rest of a block, and one
    alternative that may be anywhere makes the others useless.
    """
    if (services := services_of(node)) is not None:
        return [{"services": {"$in": list(services)}}]
    if (levels := levels_of(node)) is not None:
        return [{"levels": {"$in": list(levels)}}]
    match node:
        case And(nodes):
            return _needed_by_all(nodes)
        case Or(nodes):
            options = [_needed(one) for one in nodes]
            return [{"$or": [_both(one) for one in options]}] if all(options) else []
        case Id(entry_id):
            return [_around(bytes.fromhex(entry_id))]
        case Has():
            words = words_of(node)
            return [_holding(words)] if words else []
    return []


def _needed_by_all(nodes: Iterable[Node]) -> list[Conditions]:
    """Words of all conditions in one: each asks for every size of filter."""
    words: set[str] = set()
    others: list[Conditions] = []
    for node in nodes:
        if isinstance(node, Has) and (found := words_of(node)):
            words |= found
        else:
            others += _needed(node)
    return [*others, _holding(words)] if words else others


def _both(conditions: list[Conditions]) -> Conditions:
    return conditions[0] if len(conditions) == 1 else {"$and": conditions}


def _around(entry_id: bytes) -> Conditions:
    """Blocks that may hold a position: one begins at most so far below it."""
    log, offset = entry_id[:LOG_LENGTH], int.from_bytes(entry_id[LOG_LENGTH:], "big")
    lowest = max(0, offset - BLOCK_OFFSETS + 1)
    return {"_id": {"$gte": log + lowest.to_bytes(8, "big"), "$lte": entry_id}}


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
