"""Whether Kafka still holds the newest message of which something is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.database import Database

from ingest.fold.divergence import Found, Witness, agrees
from ingest.heads import Heads, lane_of, newest_block
from ingest.kafka import offsets
from ingest.kafka.records import Records
from ingest.mongo import Document
from ingest.steps.decode import found_in


class Recognition:
    """Compares what is stored of a partition's newest message with the log."""

    def __init__(self, db: Database[Document], brokers: str, topic: str) -> None:
        self._db = db
        self._brokers = brokers
        self._topic = topic
        self._records = Records(brokers, topic)

    def is_same(self, head: Mapping[str, Any]) -> bool:
        """True also where Kafka has deleted it; raises Busy if that cannot be known."""
        newest = newest_block(self._db, lane_of(dict(head)))
        witness = Heads(self._db).newest_witness(dict(head), newest)
        if witness is None:
            return True
        number = head["partition"]
        place = (self._topic, number)
        start = offsets.starts(self._brokers, [place]).get(place, 0)
        return still_holds(self._records, number, witness, start)

    def close(self) -> None:
        self._records.close()


def still_holds(
    records: Records, partition: int, witness: Witness, log_start: int
) -> bool:
    """Whether a message is there as it was noted, or is deleted by now."""
    offset = witness.offset
    if offset < log_start:
        return True
    found = found_between(records, partition, offset, offset + 1)
    return agrees(witness, found.get(offset))


def found_between(
    records: Records, partition: int, first: int, end: int
) -> dict[int, Found]:
    """What Kafka holds at the offsets from `first` up to `end` (exclusive)."""
    messages = records.between(partition, first, end)
    return {message.offset(): found_in(message) for message in messages}
