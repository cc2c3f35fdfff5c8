"""What the heads in MongoDB say of the generations of a topic's partitions."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from ingest.mongo import busy_when_away
from ingest.tail.lives import Starts


def starts(db: Database[dict[str, Any]], topic: str, topic_id: str) -> Starts:
    """Where generations after the first begin; raises Busy while MongoDB is away."""
    raised = {"topic": topic, "topic_id": topic_id, "switches.0": {"$exists": True}}
    with busy_when_away():
        heads = list(db["heads"].find(raised, {"partition": 1, "switches.offset": 1}))
    return {
        head["partition"]: tuple(switch["offset"] for switch in head["switches"])
        for head in heads
    }
