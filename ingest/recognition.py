"""Whether Kafka still holds the newest message of which something is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo.database import Database

from ingest.fold.divergence import Found, agrees
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
        if witness.offset < start:
            return True
        return agrees(witness, self._found(number, witness.offset))

    def close(self) -> None:
        self._records.close()

    def _found(self, number: int, offset: int) -> Found | None:
        messages = self._records.between(number, offset, offset + 1)
        return found_in(messages[0]) if messages else None
