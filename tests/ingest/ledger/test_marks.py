"""Which offsets a minute has, by what Kafka says now and what it said before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ingest.fold.block import incarnation
from ingest.ledger.balance import MINUTE, Stretch
from ingest.ledger.marks import Marks, began_again, better, stretches

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = incarnation("topic-1")


def marks(start: int, first: int, end: int) -> Marks:
    return Marks("topic-1", {0: start}, {NOON: {0: first}, NOON + MINUTE: {0: end}})


def head(start: int = 0, **fields: Any) -> dict[int, dict[str, Any]]:
    known = {"incarnation": NOW, "start": start, "begun": NOON - MINUTE}
    return {0: {**known, "switches": [], **fields}}


def test_a_minute_reaches_from_mark_to_mark() -> None:
    assert stretches(NOON, marks(0, 10, 25), head()) == [Stretch(0, NOW, 10, 25)]


def test_it_begins_where_the_minute_before_has_ended() -> None:
    before = [Stretch(0, NOW, 2, 8)]

    assert stretches(NOON, marks(0, 10, 25), head(), before) == [Stretch(0, NOW, 8, 25)]


def test_offsets_before_the_first_start_belong_to_nobody() -> None:
    assert stretches(NOON, marks(0, 10, 25), head(start=20)) == [
        Stretch(0, NOW, 20, 25)
    ]


def test_a_partition_without_a_head_is_there_all_the_same() -> None:
    assert stretches(NOON, marks(0, 10, 25), {}) == [Stretch(0, NOW, 10, 25)]


def test_a_minute_that_kafka_has_deleted_is_not_known() -> None:
    (found,) = stretches(NOON, marks(500, 500, 500), head())

    assert not found.known


def test_a_minute_that_kafka_has_half_deleted_is_not_known() -> None:
    (found,) = stretches(NOON, marks(500, 500, 620), head())

    assert not found.known


def test_a_half_deleted_minute_is_known_where_its_beginning_was_noted() -> None:
    before = [Stretch(0, NOW, 100, 480)]

    assert stretches(NOON, marks(500, 500, 620), head(), before) == [
        Stretch(0, NOW, 480, 620)
    ]


def test_what_was_noted_in_time_outlives_the_log() -> None:
    noted = [Stretch(0, NOW, 10, 25)]

    assert better(stretches(NOON, marks(500, 500, 500), head()), noted) == noted


def test_what_kafka_says_now_is_better_than_what_it_said() -> None:
    noted = [Stretch(0, NOW, 10, 24)]

    assert better([Stretch(0, NOW, 10, 25)], noted) == [Stretch(0, NOW, 10, 25)]


def test_a_new_generation_begins_at_its_switch() -> None:
    later = incarnation("topic-1", 1)
    switch = {"generation": 1, "offset": 60, "at": NOON}

    assert stretches(
        NOON, marks(0, 50, 80), head(incarnation=later, switches=[switch])
    ) == [Stretch(0, later, 60, 80)]


def test_offsets_may_begin_again_by_a_switch_or_by_a_new_topic() -> None:
    switch = {"generation": 1, "offset": 60, "at": NOON}

    assert began_again(NOON, head(switches=[switch]))
    assert began_again(NOON, head(begun=NOON))
    assert not began_again(NOON + MINUTE, head(switches=[switch]))
