"""Which spooled entries are stored already, for when Kafka's hour of memory is over.

The fold knows a request again for an hour. Who sends one later than that has to ask the
blocks first, and before that wait until they hold all that Kafka held then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pymongo.database import Database

from ingest.edge.spoolfile import Spooled
from ingest.errors import Busy
from ingest.fold.block import to_datetime
from ingest.fold.duplicates import KEY_HOLDS_MS, BlockRequests
from ingest.mongo import Document, busy_when_away

SLACK_MS: Final = 300_000  # before the hour is over: clocks differ, sending takes time
Known = dict[bytes, BlockRequests]


def first_sent_ms(record: Spooled, attempted_ms: int) -> int:
    """The earliest time at which an entry of it may have reached Kafka."""
    if record.keyed:  # an earlier attempt of its sender may have
        return min(attempted_ms, record.at_ms) - KEY_HOLDS_MS
    return attempted_ms


def forgotten(
    records: Sequence[Spooled], attempted_ms: int, now_ms: int
) -> list[Spooled]:
    """Those that the fold may know no longer if they are sent now."""
    keyed_ms, own_ms = now_ms - SLACK_MS, now_ms - KEY_HOLDS_MS + SLACK_MS
    return [
        record
        for record in records
        if (record.keyed and record.at_ms < keyed_ms) or attempted_ms < own_ms
    ]


class Recall:
    """Asks the blocks; everything here blocks and is called in a thread."""

    def __init__(self, db: Database[Document], topic: str) -> None:
        self._db = db
        self._topic = topic
        self._ends: dict[int, int] = {}

    def known(self, records: Sequence[Spooled], attempted_ms: int) -> Known:
        """What the blocks hold of each request; raises Busy while they may not yet."""
        since = min(first_sent_ms(record, attempted_ms) for record in records)
        with busy_when_away():
            self._check_caught_up()
            found = self._db["blocks"].find(
                {
                    "topic": self._topic,
                    "max_received": {"$gte": to_datetime(since - SLACK_MS)},
                    "requests": {
                        "$elemMatch": {"$elemMatch": {"$in": _names(records)}}
                    },
                },
                {"requests": 1, "first": 1},
            )
            return _merged(found, set(_names(records)))

    def _check_caught_up(self) -> None:
        """Everything that Kafka held at the first question is visible."""
        clock = self._db["clock"].find_one("clock") or {}
        partitions = clock.get("partitions") or ()
        self._ends = self._ends or {p["partition"]: p["end"] for p in partitions}
        visible = {p["partition"]: p["visible"] for p in partitions}
        if not self._ends or any(
            visible.get(p, 0) < end for p, end in self._ends.items()
        ):
            raise Busy("the blocks do not hold yet what Kafka held")
        self._ends = {}


def missing(record: Spooled, known: Known) -> Spooled:
    """The record without the entries that are stored."""
    blocks = known.get(record.request)
    if blocks is None:
        return record
    left = [e for e in record.entries if not blocks.has(record.request, e[2])]
    return Spooled(record.at_ms, record.keyed, record.request, left)


def _merged(found: Iterable[Document], names: set[bytes]) -> Known:
    known: Known = {}
    for block in found:
        for request, runs in BlockRequests.unpacked(
            block["requests"], block["first"]
        ).runs.items():
            if request in names:
                merged = known.setdefault(request, BlockRequests())
                merged.runs.setdefault(request, []).extend(runs)
    return known


def _names(records: Sequence[Spooled]) -> list[bytes]:
    return [record.request for record in records]
