"""The data clock shows the time of a round once all that lay before it is visible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ingest.kafka.watch.clock import (
    CONFIRMED_WITHIN_S,
    MAX_ROUNDS,
    DataClock,
    Round,
    Views,
)
from ingest.kafka.watch.holds import Hold, Kind, lag_holds

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LED_BY_1 = {0: 1}


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def unconfirmed(second: float, end: int = 5) -> Round:
    return Round(at(second), {0: end}, LED_BY_1, read_s=second, confirmed=False)


def test_it_shows_the_time_of_a_round_whose_ends_are_visible() -> None:
    clock = DataClock()

    clock.tick({0: 10, 1: 5}, Round(at(1), {0: 10, 1: 5}))

    assert clock.complete_to == at(1)


def test_it_stands_still_while_one_partition_is_behind() -> None:
    clock = DataClock(complete_to=at(0))

    clock.tick({0: 10, 1: 4}, Round(at(1), {0: 10, 1: 5}))

    assert clock.complete_to == at(0)


def test_it_goes_on_once_the_ends_of_an_earlier_round_are_reached() -> None:
    clock = DataClock()

    clock.tick({0: 0}, Round(at(1), {0: 100}))
    clock.tick({0: 100}, Round(at(2), {0: 250}))

    assert clock.complete_to == at(1)


def test_an_idle_partition_holds_nothing_back() -> None:
    clock = DataClock()

    clock.tick({0: 7}, Round(at(1), {0: 7, 1: 0}))

    assert clock.complete_to == at(1)


def test_a_new_partition_is_seen_at_its_first_round() -> None:
    clock = DataClock()

    clock.tick({0: 7}, Round(at(1), {0: 7, 1: 3}))

    assert clock.complete_to is None
    (hold,) = lag_holds({0: 7}, {0: 7, 1: 3})
    assert hold.words == "partition 1 is 3 messages behind"


def test_one_message_is_not_messages() -> None:
    (hold,) = lag_holds({0: 7}, {0: 8})

    assert hold.words == "partition 0 is 1 message behind"


def test_it_never_goes_back() -> None:
    clock = DataClock(complete_to=at(5))

    clock.tick({0: 7}, Round(at(1), {0: 7}))

    assert clock.complete_to == at(5)


def test_it_keeps_a_bounded_number_of_rounds_while_it_waits() -> None:
    clock = DataClock()

    for second in range(5 * MAX_ROUNDS):
        clock.tick({0: 0}, Round(at(second), {0: 1}))

    assert len(clock.waiting) <= MAX_ROUNDS


def test_rounds_of_a_doubtful_log_are_never_used() -> None:
    clock = DataClock()
    clock.tick({0: 0}, Round(at(1), {0: 5}))
    clock.tick({0: 9}, Round(at(2), {0: 9}), [Hold(Kind.TRUNCATED, 0)])

    assert clock.complete_to is None
    assert not clock.waiting


def test_a_stopped_partition_holds_and_goes_on_where_it_was() -> None:
    clock = DataClock()
    clock.tick({0: 5}, Round(at(1), {0: 5}), [Hold(Kind.STOPPED, 0)])
    held = clock.complete_to
    clock.tick({0: 5}, Round(at(2), {0: 9}))

    assert held is None
    assert clock.complete_to == at(1)


def test_a_round_counts_once_another_broker_names_the_same_leader() -> None:
    clock = DataClock()
    clock.tick({0: 5}, unconfirmed(1))
    unseen = clock.complete_to
    clock.confirm(Views(2, {1: LED_BY_1, 2: LED_BY_1}))
    clock.tick({0: 5}, unconfirmed(3))

    assert unseen is None
    assert clock.complete_to == at(1)


def test_what_a_leader_says_of_itself_confirms_nothing() -> None:
    clock = DataClock()
    clock.tick({0: 5}, unconfirmed(1))
    clock.confirm(Views(2, {1: LED_BY_1}))
    clock.tick({0: 5}, unconfirmed(3))

    assert clock.complete_to is None


def test_views_that_are_older_than_a_round_confirm_nothing() -> None:
    clock = DataClock()
    clock.tick({0: 5}, unconfirmed(2))
    clock.confirm(Views(1, {2: LED_BY_1}))
    clock.tick({0: 5}, unconfirmed(3))

    assert clock.complete_to is None


def test_a_round_that_another_broker_contradicts_is_never_used() -> None:
    clock = DataClock()
    clock.tick({0: 5}, unconfirmed(1))
    clock.confirm(Views(2, {1: LED_BY_1, 2: {0: 2}}))
    clock.confirm(Views(3, {1: LED_BY_1, 2: LED_BY_1}))
    clock.tick({0: 5}, unconfirmed(4))

    assert clock.complete_to is None


def test_it_says_when_nobody_confirms_for_a_while() -> None:
    clock = DataClock()
    clock.tick({0: 5}, unconfirmed(1))

    assert not clock.waits_for_confirmation(2)
    assert clock.waits_for_confirmation(2 + CONFIRMED_WITHIN_S)
