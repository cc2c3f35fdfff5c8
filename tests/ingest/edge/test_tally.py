"""What was acknowledged is counted once, and told until somebody has heard it."""

from __future__ import annotations

from ingest.edge.tally import KEPT, SETTLED, Tally
from ingest.fold.block import MINUTE_MS
from ingest.kafka.runs import Run


def run(count: int, minute: int = 10, ms: int = 0) -> Run:
    return Run(0, 0, count, minute * MINUTE_MS + ms)


def test_it_counts_by_minute_of_append_time_and_token() -> None:
    tally = Tally()
    tally.add("1", [run(5), run(2, ms=59_999), run(3, minute=11)])
    tally.add("2", [run(7)])

    assert tally.take_changed() == {10: {"1": 7, "2": 7}, 11: {"1": 3}}


def test_a_minute_that_grows_is_told_again_as_a_whole() -> None:
    tally = Tally()
    tally.add("1", [run(5), run(1, minute=11)])
    tally.take_changed()
    tally.add("1", [run(5)])

    assert tally.take_changed() == {10: {"1": 10}}
    assert tally.take_changed() == {}


def test_what_could_not_be_told_comes_again() -> None:
    tally = Tally()
    tally.add("1", [run(5)])
    tally.put_back(tally.take_changed())

    assert tally.take_changed() == {10: {"1": 5}}


def test_it_keeps_a_bounded_number_of_minutes_that_nobody_hears_of() -> None:
    tally = Tally()
    for minute in range(2 * KEPT):
        tally.add("1", [run(1, minute=minute)])
        tally.put_back(tally.take_changed())

    assert sorted(tally.take_changed()) == list(range(KEPT, 2 * KEPT))


def test_minutes_that_were_told_are_forgotten_after_a_while() -> None:
    tally = Tally()
    for minute in range(100):
        tally.add("1", [run(1, minute=minute)])
        tally.take_changed()

    assert len(tally._minutes) <= SETTLED + 2
