"""The messages that Kafka holds at given offsets now."""

from __future__ import annotations

import time
from typing import Final

from ingest.errors import Busy
from ingest.kafka.consumer import QUERY_TIMEOUT_S, KafkaMessage
from ingest.kafka.reader import LogReader

POLL_S: Final = 0.2


class Records:
    """Looks into partitions of one topic; it connects when it is first asked."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._brokers = brokers
        self._topic = topic
        self._reader: LogReader | None = None

    def between(self, partition: int, first: int, end: int) -> list[KafkaMessage]:
        """Messages of the offsets `first` up to `end` (exclusive) that are there.

        Raises Busy if Kafka does not answer in time.
        """
        if self._reader is None:
            self._reader = LogReader(self._brokers, self._topic)
        self._reader.start({partition: first})
        try:
            found = self._read(self._reader, partition, end)
        finally:
            self._reader.start({})
        return [message for message in found if first <= message.offset() < end]

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()

    def _read(self, reader: LogReader, partition: int, end: int) -> list[KafkaMessage]:
        found: list[KafkaMessage] = []
        deadline = time.monotonic() + QUERY_TIMEOUT_S
        while time.monotonic() < deadline:
            polled = reader.poll(POLL_S)
            found += polled.messages.get(partition, [])
            if partition in polled.ends or partition in polled.resets:
                return found
            if found and found[-1].offset() >= end - 1:
                return found
        raise Busy(f"Kafka does not show what partition {partition} holds")
