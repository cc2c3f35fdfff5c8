"""Ends one generation of a partition's offsets and begins the next.

Needed when Kafka gives offsets a second time: a log was cut and grew again, or a topic
was deleted and made anew. What was stored stays; the new messages get ids of their own.
First the old blocks are sealed, so that an owner who knows nothing of it is refused;
then the head moves on; then what nobody can see of the old generation is deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pymongo.database import Database

from ingest.days import PREFIX, stored_days
from ingest.errors import Overtaken
from ingest.fold.block import incarnation
from ingest.fold.state import Lane
from ingest.heads import Place, head_id, lane_of, newest_block, positions
from ingest.mongo import Document, busy_when_away
from ingest.store import Store

LOG_CUT: Final = "log_cut"  # the log ends, or differs, below what is stored
OFFSET_REUSED: Final = "offset_reused"  # another message beyond what is visible
TOPIC_REPLACED: Final = "topic_replaced"


@dataclass(frozen=True)
class Switch:
    """From which offset on other messages follow, and why that is known."""

    offset: int
    reason: str
    # The newest message before it, as a head notes it: should the log be cut again,
    # below this offset, that is found by it. None if there is none.
    record: Document | None


class Generations:
    """Seals blocks and moves heads of one database."""

    def __init__(self, db: Database[Document], store: Store) -> None:
        self._db = db
        self._store = store

    def end(self, place: Place, switch: Switch, now: datetime) -> None:
        """End the generation as the switch says.

        Raises Overtaken if another owner was faster.
        """
        why = {
            "generation": place.head["generation"] + 1,
            "offset": switch.offset,
            "reason": switch.reason,
            "record": switch.record,
            "at": now,
        }
        self._seal(place, why, now)
        self.finish(place, why)

    def finish(self, place: Place, why: Document) -> None:
        """Go on with an end that the blocks tell of; harmless to repeat."""
        with busy_when_away():
            self._begin_next(place, why)
            self._delete_unseen(place.lane, place.next)

    def retire(self, topic: str, topic_id: str, partition: int, now: datetime) -> int:
        """Seal what is left of earlier topics of this name; answers how many."""
        query = {
            "topic": topic,
            "partition": partition,
            "topic_id": {"$ne": topic_id},
            "replaced": None,
        }
        with busy_when_away():
            heads = list(self._db["heads"].find(query))
        for head in heads:
            self._retire(head, topic_id, now)
        return len(heads)

    def sweep(self) -> None:
        """Delete again what owners of ended generations wrote since their end."""
        with busy_when_away():
            ended = {"$or": [{"replaced": True}, {"switches.0": {"$exists": True}}]}
            for head in list(self._db["heads"].find(ended)):
                for lane, last in _ended(head):
                    self._delete_unseen(lane, last + 1)

    def _retire(self, head: Document, topic_id: str, now: datetime) -> None:
        lane = lane_of(head)
        with busy_when_away():
            place = Place(lane, head, newest_block(self._db, lane))
        if place.end_of_generation is None:
            why = {"generation": None, "reason": TOPIC_REPLACED, "at": now}
            self._seal(place, why, now)
        with busy_when_away():
            self._delete_unseen(lane, place.next)
            change = {
                "replaced": True,
                "replaced_by": topic_id,
                "replaced_at": now,
                "replaced_last": place.next - 1,
            }
            self._db["heads"].update_one({"_id": head["_id"]}, {"$set": change})

    def _seal(self, place: Place, why: Document, now: datetime) -> None:
        newest = place.newest
        if newest is not None and not newest["done"]:
            self._store.seal(newest["_id"], newest["last"], why)
            return
        # All blocks are finished: an empty one keeps the place of the next.
        fence = place.bare_block(place.next - 1, now)
        self._store.insert_finished({**fence, "sealed": why})

    def _begin_next(self, place: Place, why: Document) -> None:
        head, generation = place.head, why["generation"]
        switch = {name: why[name] for name in ("generation", "offset", "reason", "at")}
        switch["stored_last"] = place.next - 1
        fields = {
            "generation": generation,
            "incarnation": incarnation(head["topic_id"], generation),
            "last": why["offset"] - 1,
            "start": why["offset"],
            "record": why.get("record"),
        }
        change = {"$set": fields, "$push": {"switches": switch}}
        found = {
            "_id": head_id(head["topic_id"], head["partition"]),
            "generation": head["generation"],
        }
        if not self._db["heads"].update_one(found, change).matched_count:
            raise Overtaken(f"head {found['_id']} went on elsewhere")

    def _delete_unseen(self, lane: Lane, first: int) -> None:
        # Inserted by an owner who never got to write their block.
        unseen = positions(lane.incarnation, lane.partition, first)
        for day in stored_days(self._db):
            self._db[PREFIX + day].delete_many({"_id": unseen})


def _ended(head: Document) -> Iterator[tuple[Lane, int]]:
    """The generations of a head that have ended, and their last visible offsets."""
    present = lane_of(head)
    for switch in head.get("switches", []):
        life = incarnation(head["topic_id"], switch["generation"] - 1)
        yield replace(present, incarnation=life), switch["stored_last"]
    if head.get("replaced"):
        yield present, head["replaced_last"]
