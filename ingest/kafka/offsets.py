"""First and last offsets of many partitions at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from confluent_kafka import TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]

from ingest.errors import Busy
from ingest.kafka.admin import LATEST, TIMEOUT_S, client, settled
from ingest.kafka.errors import KafkaRefused
from ingest.kafka.shapes import Place

EARLIEST: Final = OffsetSpec.earliest()  # type: ignore[no-untyped-call]


def starts(brokers: str, places: Iterable[Place]) -> dict[Place, int]:
    """The oldest offset that is still there."""
    return _asked(brokers, places, EARLIEST)


def ends(brokers: str, places: Iterable[Place]) -> dict[Place, int]:
    """Behind the newest message."""
    return _asked(brokers, places, LATEST)


def at_time(brokers: str, places: Iterable[Place], at_ms: int) -> dict[Place, int]:
    """The first offset at or after a time; absent where all messages are older."""
    since = OffsetSpec.for_timestamp(at_ms)
    found = _asked(brokers, places, since)
    return {place: offset for place, offset in found.items() if offset >= 0}


def _asked(brokers: str, places: Iterable[Place], spec: Any) -> dict[Place, int]:
    """What is known; a partition that has no leader now is left out."""
    wanted = {TopicPartition(topic, number): spec for topic, number in places}
    if not wanted:
        return {}
    asked = client(brokers).list_offsets(wanted, request_timeout=TIMEOUT_S)
    found = {}
    for place, future in asked.items():
        try:
            found[(place.topic, place.partition)] = int(settled(future).offset)
        except (Busy, KafkaRefused):
            continue
    return found
