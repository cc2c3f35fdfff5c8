"""Snapshots in MongoDB: the newest for pages and metrics, older ones for rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING
from pymongo.database import Database

from ingest.kafka.shapes import Broker, Group, Partition, Reading, Snapshot, Topic
from ingest.mongo import Document

COLLECTION: Final = "kafka_snapshots"
KEPT: Final = timedelta(hours=2)


def save(db: Database[Document], snapshot: Snapshot) -> None:
    """Keep a snapshot, and drop those that are too old; their time is their id."""
    document = asdict(snapshot)
    at = document.pop("at")
    # Two watchers that look in the same millisecond saw the same.
    db[COLLECTION].replace_one({"_id": at}, document, upsert=True)
    db[COLLECTION].delete_many({"_id": {"$lt": at - KEPT}})


def newest(db: Database[Document]) -> Snapshot | None:
    """The last look, or None if there was none yet."""
    return _first(db, {})


def before(db: Database[Document], snapshot: Snapshot, back: timedelta) -> Snapshot:
    """The last one at least so long before, else the oldest that there is."""
    long_ago = {"_id": {"$lte": snapshot.at - back}}
    return _first(db, long_ago) or _first(db, {}, ASCENDING) or snapshot


def _first(
    db: Database[Document], wanted: Mapping[str, Any], order: int = DESCENDING
) -> Snapshot | None:
    found = db[COLLECTION].find_one(wanted, sort=[("_id", order)])
    return read(found) if found else None


def read(document: Mapping[str, Any]) -> Snapshot:
    """The snapshot that a document holds."""
    return Snapshot(
        at=document["_id"],
        cluster_id=document["cluster_id"],
        controller=document["controller"],
        brokers=tuple(Broker(**one) for one in document["brokers"]),
        topics=tuple(_topic(one) for one in document["topics"]),
        groups=tuple(_group(one) for one in document["groups"]),
        problems=tuple(document["problems"]),
    )


def _topic(document: Mapping[str, Any]) -> Topic:
    return Topic(
        document["name"], tuple(_partition(one) for one in document["partitions"])
    )


def _partition(document: Mapping[str, Any]) -> Partition:
    replicas = {name: tuple(document[name]) for name in ("replicas", "in_sync")}
    return Partition(**{**document, **replicas})


def _group(document: Mapping[str, Any]) -> Group:
    readings = tuple(Reading(**one) for one in document["readings"])
    return Group(**{**document, "readings": readings})
