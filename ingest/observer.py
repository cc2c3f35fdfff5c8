"""Reads what one round of the data clock needs, in the order that makes it right."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from ingest.frontier import frontiers
from ingest.kafka.lives import life
from ingest.kafka.watch.ends import read_ends
from ingest.kafka.watch.guard import Standing
from ingest.kafka.watch.observation import Life, Observation
from ingest.kafka.watch.skew import machine_skew
from ingest.mongo import Document


class Observer:
    """Looks at one topic again and again."""

    def __init__(
        self,
        brokers: str,
        topic: str,
        db: Database[Document],
        clock: Callable[[], datetime],
    ) -> None:
        self._brokers = brokers
        self._topic = topic
        self._db = db
        self._clock = clock
        self._life: Life | None = None

    def look(self) -> Observation:
        """Visible, then the time, then spools, then ends; raises Busy.

        An entry may be acknowledged at any moment in between: then it is in a later
        one of these, or it was acknowledged after the time that was read.
        """
        before = self._life or life(self._brokers, self._topic)
        self._life = None  # asked anew unless this look comes to its end
        heads, replaced = self._heads(before)
        standings = self._standings(heads)
        at, skew = self._time()
        spools = self._spools()
        ends = read_ends(self._brokers, self._topic, before.leaders)
        self._life = after = life(self._brokers, self._topic)
        read_s = time.monotonic()
        return Observation(
            *(before, heads, standings, replaced, at, skew, spools, ends, after),
            read_s=read_s,
        )

    def _heads(self, now: Life) -> tuple[dict[int, Document], frozenset[int]]:
        heads, replaced = {}, set()
        for head in self._db["heads"].find({"topic": self._topic}):
            if head["topic_id"] == now.topic_id:
                heads[head["partition"]] = head
            elif not head.get("replaced"):
                replaced.add(head["partition"])
        return heads, frozenset(replaced & now.leaders.keys())

    def _standings(self, heads: Mapping[int, Document]) -> dict[int, Standing]:
        visible = frontiers(self._db, heads.values())
        return {n: standing(head, visible[n]) for n, head in heads.items()}

    def _time(self) -> tuple[datetime, timedelta]:
        before = self._clock()
        # A command's times are naive unless it is told otherwise.
        hello = self._db.command("hello", codec_options=self._db.codec_options)
        at: datetime = hello["localTime"]
        return at, machine_skew(before, at, self._clock())

    def _spools(self) -> dict[str, datetime]:
        waiting = self._db["spools"].find({"oldest": {"$ne": None}})
        return {str(one["_id"]): one["oldest"] for one in waiting}


def standing(head: Mapping[str, Any], visible: int) -> Standing:
    """What a head says, with up to where its blocks are visible."""
    stopped = head.get("stopped") or {}
    return Standing(
        incarnation=head["incarnation"],
        visible=visible,
        stopped=stopped.get("reason", ""),
        stopped_at=stopped.get("offset", 0),
        is_empty=visible == head["start"],
    )
