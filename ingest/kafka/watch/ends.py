"""Where partitions end, and what their newest append times are, from their leaders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from confluent_kafka import TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]

from ingest.fold.block import to_datetime
from ingest.kafka.admin import LATEST, TIMEOUT_S, answer, client
from ingest.kafka.watch.guard import End
from ingest.kafka.watch.skew import BrokerClocks

EVERY_S: Final = 5.0


def read_ends(brokers: str, topic: str, numbers: Iterable[int]) -> dict[int, End]:
    """Of all these partitions, or raises Busy."""
    return {
        number: End(found.offset, -1 if (e := found.leader_epoch) is None else e)
        for number, found in _asked(brokers, topic, numbers, LATEST).items()
    }


def newest_append_times(
    brokers: str, topic: str, numbers: Iterable[int]
) -> dict[int, datetime]:
    """The largest append time that each partition holds; empty ones have none."""
    largest = OffsetSpec.max_timestamp()  # type: ignore[no-untyped-call]
    found = _asked(brokers, topic, numbers, largest)
    return {
        n: to_datetime(one.timestamp) for n, one in found.items() if one.offset >= 0
    }


class AppendTimes:
    """Looks at brokers' clocks now and then, by what they stamp on messages."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._brokers = brokers
        self._topic = topic
        self._clocks = BrokerClocks()
        self._looked_s = -EVERY_S

    def skew(self, at: datetime, ends: Mapping[int, int], now_s: float) -> timedelta:
        """How far brokers' clocks are ahead of `at` for certain; or behind."""
        if now_s - self._looked_s >= EVERY_S:
            self._looked_s = now_s
            newest = newest_append_times(self._brokers, self._topic, ends)
            self._clocks.look(at, ends, newest)
        return self._clocks.skew


def _asked(
    brokers: str, topic: str, numbers: Iterable[int], spec: Any
) -> dict[int, Any]:
    wanted = {TopicPartition(topic, number): spec for number in numbers}
    if not wanted:
        return {}
    asked = client(brokers).list_offsets(wanted, request_timeout=TIMEOUT_S)
    return {place.partition: answer(future) for place, future in asked.items()}
