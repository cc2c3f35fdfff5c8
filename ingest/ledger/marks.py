"""Where minutes begin in each partition, as Kafka itself finds offsets by time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ingest.fold.block import incarnation, to_ms
from ingest.kafka import offsets
from ingest.kafka.errors import KafkaAway
from ingest.kafka.lives import life
from ingest.kafka.watch.observation import Life
from ingest.ledger.balance import MINUTE, Stretch

Heads = Mapping[int, Mapping[str, Any]]  # by partition


@dataclass(frozen=True)
class Marks:
    """Per partition and time: the first offset at or after it."""

    topic_id: str
    starts: Mapping[int, int]  # what Kafka holds begins here
    at: Mapping[datetime, Mapping[int, int]]

    @property
    def partitions(self) -> Iterable[int]:
        return sorted(self.starts)


def read_marks(brokers: str, topic: str, times: Iterable[datetime]) -> Marks:
    """Times must be past by more than brokers' clocks may differ; or raises Busy."""
    found = life(brokers, topic)
    places = [(topic, number) for number in found.leaders]
    # Ends first: a partition that has nothing newer a moment later has its mark there.
    ends = _by_number(offsets.ends(brokers, places), found)
    at = {}
    for time in times:
        newer = offsets.at_time(brokers, places, to_ms(time))
        at[time] = {n: newer.get((topic, n), end) for n, end in ends.items()}
    starts = _by_number(offsets.starts(brokers, places), found)
    return Marks(found.topic_id, starts, at)


def _by_number(asked: Mapping[tuple[str, int], int], found: Life) -> dict[int, int]:
    answered = {number: offset for (_, number), offset in asked.items()}
    if silent := found.leaders.keys() - answered.keys():
        raise KafkaAway(f"partitions {sorted(silent)} do not tell their offsets")
    return answered


def stretches(
    minute: datetime, marks: Marks, heads: Heads, before: Sequence[Stretch] = ()
) -> list[Stretch]:
    """The minute's offsets; they begin where the minute before has ended."""
    ended = {(one.partition, one.incarnation): one.end for one in before if one.known}
    found = []
    for number in marks.partitions:
        now, lowest = current(marks.topic_id, number, heads)
        start, mark = marks.starts[number], marks.at[minute][number]
        end = marks.at[minute + MINUTE][number]
        first = max(lowest, ended.get((number, now), mark))
        # What Kafka has deleted it cannot find by time any more.
        if (number, now) in ended:
            known = start <= first or start < end
        else:
            known = start < mark or start <= lowest
        found.append(Stretch(number, now, first, max(first, end), known))
    return found


def better(fresh: Iterable[Stretch], noted: Iterable[Stretch]) -> list[Stretch]:
    """What Kafka says now; what it said before where it has forgotten."""
    earlier = {(one.partition, one.incarnation): one for one in noted if one.known}
    return [
        one if one.known else earlier.get((one.partition, one.incarnation), one)
        for one in fresh
    ]


def began_again(minute: datetime, heads: Heads) -> bool:
    """Whether offsets of this minute may have been used once more since."""
    return any(
        head["begun"] >= minute
        or any(switch["at"] >= minute for switch in head.get("switches", ()))
        for head in heads.values()
    )


def current(topic_id: str, number: int, heads: Heads) -> tuple[int, int]:
    """The incarnation that counts now, and the first offset that it has."""
    head = heads.get(number)
    if head is None:
        return incarnation(topic_id), 0
    switches = head.get("switches") or [{"offset": head["start"]}]
    return head["incarnation"], switches[-1]["offset"]
