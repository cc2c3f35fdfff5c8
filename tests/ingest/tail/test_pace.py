"""How much of what matches goes on to a socket."""

from __future__ import annotations

from ingest.tail.pace import Pace, sample


def test_it_lets_so_many_through_in_a_second() -> None:
    pace = Pace(rate=100)

    taken = [pace.take(60, now) for now in (0.0, 0.0, 0.1, 0.2, 1.2)]

    assert taken == [60, 40, 10, 10, 60]


def test_what_was_not_used_is_kept_for_a_second_only() -> None:
    pace = Pace(rate=100)

    assert pace.take(10, 0.0) == 10
    assert pace.take(500, 60.0) == 100


def test_a_sample_is_evenly_spread_and_in_order() -> None:
    assert sample(range(10), 4) == [0, 2, 5, 7]
    assert sample(range(3), 0) == []
    assert list(sample(range(3), 9)) == [0, 1, 2]
