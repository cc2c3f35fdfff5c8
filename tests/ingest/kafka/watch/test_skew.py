"""Clocks that differ: what is certain, and which time counts then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ingest.kafka.watch.skew import ALLOWED, BrokerClocks, earlier, machine_skew

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NONE = timedelta(0)


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def test_the_time_of_the_question_is_no_skew() -> None:
    assert machine_skew(at(0), at(2), at(3)) == NONE


def test_a_clock_may_be_ahead_or_behind() -> None:
    assert machine_skew(at(0), at(13), at(3)) == timedelta(seconds=10)
    assert machine_skew(at(0), at(-10), at(3)) == timedelta(seconds=-10)


def test_a_clock_that_is_too_far_ahead_does_not_count() -> None:
    assert earlier(NOON, MINUTE) == NOON - MINUTE
    assert earlier(NOON, ALLOWED) == NOON
    assert earlier(NOON, -MINUTE) == NOON


def test_append_times_after_now_are_brokers_ahead() -> None:
    clocks = BrokerClocks()

    assert clocks.look(NOON, {0: 5}, {0: NOON + MINUTE}) == MINUTE


def test_new_messages_with_old_append_times_are_brokers_behind() -> None:
    clocks = BrokerClocks()
    clocks.look(NOON, {0: 5}, {0: NOON})

    assert clocks.look(NOON + MINUTE, {0: 6}, {0: NOON - MINUTE}) == -MINUTE


def test_an_idle_partition_says_nothing_of_a_clock() -> None:
    clocks = BrokerClocks()
    clocks.look(NOON, {0: 5}, {0: NOON - MINUTE})

    assert clocks.look(NOON + MINUTE, {0: 5}, {0: NOON - MINUTE}) == NONE
