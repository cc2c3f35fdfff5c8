"""Sets a group's offsets elsewhere, and says before what that would mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from ingest.kafka import groups, offsets
from ingest.kafka.admin import metadata_of
from ingest.kafka.errors import KafkaAway, KafkaRefused
from ingest.kafka.shapes import Place, Reading

TARGETS: Final = "earliest, latest, an offset, +N, -N, or a time like 2026-03-01T12:00Z"


class Kind(StrEnum):
    EARLIEST = "earliest"
    LATEST = "latest"
    OFFSET = "offset"
    SHIFT = "shift"
    TIME = "time"


@dataclass(frozen=True)
class Target:
    """Where to go: an offset, so many messages on, or milliseconds since 1970."""

    kind: Kind
    value: int = 0


@dataclass(frozen=True)
class Move:
    """What a reset does in one partition."""

    partition: int
    before: int | None
    after: int

    @property
    def skipped(self) -> int:
        """Messages that the group will never see."""
        return max(0, self.after - self.before) if self.before is not None else 0

    @property
    def repeated(self) -> int:
        """Messages that it will see once more."""
        return max(0, self.before - self.after) if self.before is not None else 0


def read_target(text: str) -> Target:
    """What people write behind `--to`; a time without zone is UTC."""
    if text in (Kind.EARLIEST, Kind.LATEST):
        return Target(Kind(text))
    if re.fullmatch(r"\d{1,18}", text):
        return Target(Kind.OFFSET, int(text))
    if re.fullmatch(r"[+-]\d{1,18}", text):
        return Target(Kind.SHIFT, int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text[:80]!r} is no place to go to."
        raise KafkaRefused(400, "bad_target", message, f"Use {TARGETS}.") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Target(Kind.TIME, int(aware.timestamp() * 1000))


def moves(
    target: Target, readings: Iterable[Reading], since: Mapping[Place, int]
) -> list[Move]:
    """Where every partition goes, never outside of what is there.

    `since` has the first offsets at or after the target's time; a partition that is
    not in it has older messages only, and goes to its end.
    """
    return [
        Move(one.partition, one.committed, _after(target, one, since))
        for one in readings
        if one.start is not None and one.end is not None
    ]


def _after(target: Target, one: Reading, since: Mapping[Place, int]) -> int:
    start, end = one.start or 0, one.end or 0
    if target.kind is Kind.SHIFT and one.committed is None:
        message = f"Nothing is committed in partition {one.partition}."
        raise KafkaRefused(400, "not_committed", message, "Say where to begin instead.")
    wanted = {
        Kind.EARLIEST: start,
        Kind.LATEST: end,
        Kind.OFFSET: target.value,
        Kind.SHIFT: (one.committed or 0) + target.value,
        Kind.TIME: since.get((one.topic, one.partition), end),
    }[target.kind]
    return min(max(wanted, start), end)


def reset(
    brokers: str, group: str, topic: str, target: Target, dry_run: bool = False
) -> list[Move]:
    """Move a group without members in one topic; a dry run only says how."""
    committed = _committed_by_idle(brokers, group)
    readings = _readings(brokers, topic, committed)
    since: dict[Place, int] = {}
    if target.kind is Kind.TIME:
        places = [(topic, one.partition) for one in readings]
        since = offsets.at_time(brokers, places, target.value)
    planned = moves(target, readings, since)
    if not dry_run:
        wanted = {(topic, move.partition): move.after for move in planned}
        groups.set_offsets(brokers, group, wanted)
    return planned


def _committed_by_idle(brokers: str, group: str) -> Mapping[Place, int]:
    # Kafka makes a group of any name that offsets are set for: a misspelled one, too.
    if group not in groups.names(brokers)[0]:
        raise KafkaRefused(404, "no_such_group", f"There is no group {group}.")
    found, problems = groups.memberships(brokers, [group])
    if not found:
        raise KafkaAway(problems[0])
    if found[0].members:
        message = f"{group} has {len(found[0].members)} members."
        raise KafkaRefused(409, "group_active", message, "Stop them first.")
    return found[0].committed


def _readings(
    brokers: str, topic: str, committed: Mapping[Place, int]
) -> list[Reading]:
    found = metadata_of(brokers).topics.get(topic)
    if found is None:
        raise KafkaRefused(404, "no_such_topic", f"There is no topic {topic}.")
    places = [(topic, number) for number in sorted(found.partitions)]
    starts, ends = offsets.starts(brokers, places), offsets.ends(brokers, places)
    if len(starts) < len(places) or len(ends) < len(places):
        raise KafkaAway(f"not all partitions of {topic} have a leader")
    return [
        Reading(topic, place[1], committed.get(place), starts[place], ends[place])
        for place in places
    ]
