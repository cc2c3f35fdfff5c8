"""The data clock never passes what is acknowledged but not visible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.kafka.watch.clock import MAX_ROUNDS, DataClock, holds

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def test_it_shows_the_time_of_a_round_whose_ends_are_visible() -> None:
    clock = DataClock()

    clock.tick({0: 10, 1: 5}, at(1), {0: 10, 1: 5})

    assert clock.complete_to == at(1)


def test_it_stands_still_while_one_partition_is_behind() -> None:
    clock = DataClock(complete_to=at(0))

    clock.tick({0: 10, 1: 4}, at(1), {0: 10, 1: 5})

    assert clock.complete_to == at(0)


def test_it_goes_on_once_the_ends_of_an_earlier_round_are_reached() -> None:
    clock = DataClock()

    clock.tick({0: 0}, at(1), {0: 100})
    clock.tick({0: 100}, at(2), {0: 250})

    assert clock.complete_to == at(1)


def test_an_idle_partition_holds_nothing_back() -> None:
    clock = DataClock()

    clock.tick({0: 7}, at(1), {0: 7, 1: 0})

    assert clock.complete_to == at(1)


def test_a_new_partition_is_seen_at_its_first_round() -> None:
    clock = DataClock()

    clock.tick({0: 7}, at(1), {0: 7, 1: 3})

    assert clock.complete_to is None
    assert holds({0: 7}, {0: 7, 1: 3}) == ["partition 1 is 3 messages behind"]


def test_it_keeps_a_bounded_number_of_rounds_while_it_waits() -> None:
    clock = DataClock()

    for second in range(5 * MAX_ROUNDS):
        clock.tick({0: 0}, at(second), {0: 1})

    assert len(clock.waiting) <= MAX_ROUNDS


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.floats(0, 1)), max_size=60)
)
def test_everything_acknowledged_before_it_is_visible(
    steps: list[tuple[bool, int, float]],
) -> None:
    clock = DataClock()
    acknowledged: list[datetime] = []  # index = offset
    visible, now = 0, NOON
    for produces, amount, pause in steps:
        now += timedelta(seconds=pause)
        if produces:
            acknowledged += [now] * amount
        else:
            visible = min(len(acknowledged), visible + amount)
        seen, now = visible, now + timedelta(milliseconds=1)
        clock.tick({0: seen}, now, {0: len(acknowledged)})

        hidden = acknowledged[visible:]
        assert clock.complete_to is None or all(a >= clock.complete_to for a in hidden)
