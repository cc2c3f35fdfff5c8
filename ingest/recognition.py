"""Whether Kafka still holds the newest message of which something is stored."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from pymongo.database import Database

from ingest.entry import LogEntry
from ingest.fold.block import to_ms
from ingest.fold.divergence import Found, Witness, agrees
from ingest.heads import Heads, lane_of, newest_block
from ingest.kafka import offsets
from ingest.kafka.records import Records
from ingest.mongo import Document
from ingest.steps.decode import decode


class Recognition:
    """Compares what is stored of a partition's newest message with the log."""

    def __init__(self, db: Database[Document], brokers: str, topic: str) -> None:
        self._db = db
        self._brokers = brokers
        self._topic = topic
        self._records = Records(brokers, topic)

    def is_same(self, head: Mapping[str, Any]) -> bool:
        """True also where Kafka has deleted it; raises Busy if that cannot be known."""
        witness = self._newest_witness(head)
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

    def _newest_witness(self, head: Mapping[str, Any]) -> Witness | None:
        newest = newest_block(self._db, lane_of(dict(head)))
        noted = Heads(self._db).witnesses(newest) if newest else []
        if record := head.get("record"):
            received = to_ms(record["received"])
            noted.append(
                Witness(record["offset"], received, checksum=record["checksum"])
            )
        return max(noted, key=lambda witness: witness.offset, default=None)

    def _found(self, number: int, offset: int) -> Found | None:
        messages = self._records.between(number, offset, offset + 1)
        if not messages:
            return None
        (message,) = decode(messages)
        content = message.content
        text = content.message if isinstance(content, LogEntry) else None
        checksum = zlib.crc32(messages[0].value() or b"")
        return Found(message.received, text, checksum)
