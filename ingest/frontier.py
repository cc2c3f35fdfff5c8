"""Up to where each partition is visible: head and blocks that follow each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import ASCENDING
from pymongo.database import Database

from ingest.fold.block import BLOCK_OFFSETS, LOG_LENGTH, position
from ingest.heads import positions
from ingest.mongo import Document


def frontiers(
    db: Database[Document], heads: Iterable[Mapping[str, Any]]
) -> dict[int, int]:
    """Per partition: the first offset that is not visible yet."""
    heads = list(heads)
    blocks = _blocks_near(db, heads)
    return {
        head["partition"]: reach(head["last"] + 1, blocks[_log(head)]) for head in heads
    }


def reach(visible: int, blocks: Sequence[Mapping[str, Any]]) -> int:
    """Behind the last block that follows without a hole; blocks in their order.

    What lies behind a hole is stored, but nobody may rely on it.
    """
    for block in blocks:
        if block["first"] > visible:
            break
        visible = max(visible, block["last"] + 1)
    return visible


def _blocks_near(
    db: Database[Document], heads: Iterable[Mapping[str, Any]]
) -> dict[bytes, list[Document]]:
    """Blocks from the one on in which a head stands, by log."""
    ranges = [{"_id": _from_head(head)} for head in heads]
    found = defaultdict[bytes, list[Document]](list)
    if not ranges:
        return found
    fields = {"first": 1, "last": 1}
    for block in db["blocks"].find({"$or": ranges}, fields).sort("_id", ASCENDING):
        found[bytes(block["_id"])[:LOG_LENGTH]].append(block)
    return found


def _from_head(head: Mapping[str, Any]) -> Document:
    lowest = max(0, head["last"] + 1 - BLOCK_OFFSETS)
    return positions(head["incarnation"], head["partition"], lowest)


def _log(head: Mapping[str, Any]) -> bytes:
    return position(head["incarnation"], head["partition"], 0)[:LOG_LENGTH]
