"""Fills a block again from what is stored of it.

An unfinished one is continued so after a restart; one of another format version is
described anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ingest.entry import LogEntry
from ingest.fold.block import (
    DAY_MS,
    OpenBlock,
    State,
    flow_of,
    parse_position,
    to_ms,
)
from ingest.fold.duplicates import BlockRequests

Document = dict[str, Any]


def refilled(stored: Document, entries: Sequence[Document]) -> OpenBlock:
    """The block as it was; `entries` are all that it shows, in their order.

    Raises LookupError if one of them is missing.
    """
    block = OpenBlock(stored["first"], to_ms(stored["min_received"]))
    _fill(block, stored, entries)
    block.bytes = stored["bytes"]
    block.day = stored["day"]
    block.received = to_ms(stored["max_received"])
    block.day_end = (block.received // DAY_MS + 1) * DAY_MS
    block.requests = BlockRequests.unpacked(stored["requests"], stored["first"])
    if "repeats" in stored:
        block.repeats = BlockRequests.unpacked(stored["repeats"], stored["first"])
    if "flow" in stored:
        block.flow = flow_of(stored["flow"])
    return block


def _fill(block: OpenBlock, stored: Document, entries: Sequence[Document]) -> None:
    holes = {start: (state, end) for state, start, end in stored["holes"]}
    unread = iter(entries)
    while block.last < stored["last"]:
        offset = block.last + 1
        if offset in holes:
            state, end = holes[offset]
            block.add_hole(State(state), end - offset + 1, block.min_received)
        else:
            _fill_entry(block, offset, next(unread, None))


def _fill_entry(block: OpenBlock, offset: int, stored: Document | None) -> None:
    if stored is None or parse_position(stored["_id"])[2] != offset:
        raise LookupError(f"the entry at offset {offset} of a block is missing")
    block.add_entries([entry_of(stored)], 0, [to_ms(stored["received"])])


def entry_of(stored: Document) -> LogEntry:
    """The entry of a stored document."""
    return LogEntry(
        timestamp=stored["timestamp"],
        level=stored["level"],
        service=stored["service"],
        message=stored["message"],
        metadata=stored["metadata"],
    )
