"""Partitions that stand still because too many of their messages were dead letters.

A stop is noted in the partition's head, so it outlives the worker. Somebody has to
look, and to allow that it goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pymongo import ASCENDING
from pymongo.database import Database

from ingest.heads import head_id
from ingest.mongo import Document, busy_when_away


def stop_fields(offset: int, reason: str, now: datetime) -> Document:
    """What the head of a partition says while it stands still."""
    return {"stopped": {"reason": reason, "since": now, "offset": offset}}


def stopped_heads(db: Database[Document], topic: str) -> list[Document]:
    """The heads of the partitions of a topic that stand still, by number."""
    query: dict[str, Any] = {
        "topic": topic,
        "stopped": {"$ne": None},
        "replaced": {"$ne": True},
    }
    with busy_when_away():
        return list(db["heads"].find(query).sort("partition", ASCENDING))


def read_head(
    db: Database[Document], topic_id: Callable[[], str], partition: int
) -> Document:
    """The head of a partition in the present life of its topic; empty if none."""
    with busy_when_away():
        return db["heads"].find_one({"_id": head_id(topic_id(), partition)}) or {}


def allow(db: Database[Document], head: Document, allowed_to: int) -> bool:
    """Let a partition go on; dead letters before `allowed_to` do not stop it again."""
    still = {"_id": head["_id"], "stopped": head["stopped"]}
    change = {"$unset": {"stopped": ""}, "$set": {"allowed_to": allowed_to}}
    with busy_when_away():
        return db["heads"].update_one(still, change).matched_count == 1
