"""Where the messages are that somebody sent and nobody wrote down: the blocks know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Final

from pymongo.database import Database

from ingest.days import PREFIX, kept_from
from ingest.entries import DEAD_LETTERS
from ingest.errors import Busy
from ingest.fold.block import parse_position, position, to_ms
from ingest.fold.duplicates import BlockRequests
from ingest.frontier import frontiers
from ingest.kafka.admin import end_offsets
from ingest.kafka.outbox import Receipt
from ingest.mongo import Document, busy_when_away
from ingest.replay.claims import Claim

SLACK: Final = timedelta(minutes=5)  # clocks differ


class Whereabouts:
    """Looks for what claims may have sent; it blocks, and asks Kafka and MongoDB."""

    def __init__(self, db: Database[Document], brokers: str, topic: str) -> None:
        self._db = db
        self._brokers = brokers
        self._topic = topic

    def of(self, claims: Sequence[Claim]) -> list[Claim]:
        """The claims, with what of them was sent; raises Busy as long as none can say.

        Whatever Kafka holds of them now has to be visible before.
        """
        with busy_when_away():
            self._check_all_visible()
            found: dict[bytes, dict[int, Receipt]] = {one.id: {} for one in claims}
            self._find_stored(claims, found)
            self._find_dead(claims, found)
        return [replace(one, known=found[one.id]) for one in claims]

    def are_forgotten(self, claim: Claim) -> bool:
        """Whether its day was dropped: nobody can say any more what it sent."""
        with busy_when_away():
            day = (claim.at + SLACK).astimezone(UTC).strftime("%Y%m%d")
            return day < kept_from(self._db)

    def _check_all_visible(self) -> None:
        ends = end_offsets(self._brokers, self._topic)
        asked = {"topic": self._topic, "replaced": {"$ne": True}}
        visible = frontiers(self._db, self._db["heads"].find(asked))
        for number, end in ends.items():
            if end and visible.get(number, 0) < end:
                raise Busy(
                    f"partition {number} is visible to offset {visible.get(number, 0)} "
                    f"of {end}: what was sent may lie beyond"
                )

    def _find_stored(
        self, claims: Sequence[Claim], found: dict[bytes, dict[int, Receipt]]
    ) -> None:
        names = {claim.request: claim.id for claim in claims}
        since = min(claim.at for claim in claims) - SLACK
        asked = {
            "topic": self._topic,
            "max_received": {"$gte": since},
            "requests": {"$elemMatch": {"$elemMatch": {"$in": list(names)}}},
        }
        fields = {"requests": 1, "first": 1, "day": 1}
        for block in self._db["blocks"].find(asked, fields):
            requests = BlockRequests.unpacked(block["requests"], block["first"])
            for name in names.keys() & requests.runs.keys():
                for index, offset in _spread(requests.runs[name]):
                    place = self._place(block, offset)
                    found[names[name]].setdefault(index, place)

    def _place(self, block: Document, offset: int) -> Receipt:
        life, partition, _ = parse_position(block["_id"])
        where = {"_id": position(life, partition, offset)}
        entry = self._db[PREFIX + block["day"]].find_one(where, {"received": 1})
        return Receipt(partition, offset, to_ms(entry["received"]) if entry else -1)

    def _find_dead(
        self, claims: Sequence[Claim], found: dict[bytes, dict[int, Receipt]]
    ) -> None:
        fields = {"origin": 1, "origin_index": 1, "offset": 1, "partition": 1}
        asked = {"origin": {"$in": [claim.id for claim in claims]}}
        for letter in self._db[DEAD_LETTERS].find(asked, {**fields, "received": 1}):
            place = Receipt(
                letter["partition"], letter["offset"], to_ms(letter["received"])
            )
            index = letter["origin_index"]
            found[bytes(letter["origin"])].setdefault(index, place)


def _spread(runs: Iterable[Sequence[int]]) -> Iterable[tuple[int, int]]:
    """Index and offset of every entry of runs."""
    for index, count, offset in runs:
        for step in range(count):
            yield index + step, offset + step
