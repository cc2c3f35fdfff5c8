"""What came and what was acknowledged is counted once, and told until it is heard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ingest.edge.tally import KEPT, SETTLED, Tally
from ingest.fold.block import MINUTE_MS
from ingest.kafka.runs import Run

AT = datetime(1970, 1, 1, 0, 10, 59, tzinfo=UTC)  # minute 10


def run(count: int, minute: int = 10, ms: int = 0) -> Run:
    return Run(0, 0, count, minute * MINUTE_MS + ms)


def test_it_counts_by_minute_of_append_time_and_token() -> None:
    tally = Tally()
    tally.add("1", [run(5), run(2, ms=59_999), run(3, minute=11)])
    tally.add("2", [run(7)])

    assert tally.acknowledged.take_changed() == {10: {"1": 7, "2": 7}, 11: {"1": 3}}


def test_a_minute_that_grows_is_told_again_as_a_whole() -> None:
    tally = Tally()
    tally.add("1", [run(5), run(1, minute=11)])
    tally.acknowledged.take_changed()
    tally.add("1", [run(5)])

    assert tally.acknowledged.take_changed() == {10: {"1": 10}}
    assert tally.acknowledged.take_changed() == {}


def test_what_could_not_be_told_comes_again() -> None:
    tally = Tally()
    tally.add("1", [run(5)])
    tally.acknowledged.put_back(tally.acknowledged.take_changed())

    assert tally.acknowledged.take_changed() == {10: {"1": 5}}


def test_it_keeps_a_bounded_number_of_minutes_that_nobody_hears_of() -> None:
    tally = Tally()
    for minute in range(2 * KEPT):
        tally.add("1", [run(1, minute=minute)])
        tally.acknowledged.put_back(tally.acknowledged.take_changed())

    assert sorted(tally.acknowledged.take_changed()) == list(range(KEPT, 2 * KEPT))


def test_minutes_that_were_told_are_forgotten_after_a_while() -> None:
    tally = Tally()
    for minute in range(100):
        tally.add("1", [run(1, minute=minute)])
        tally.acknowledged.take_changed()

    assert len(tally.acknowledged._minutes) <= SETTLED + 2


def test_what_is_offered_counts_in_the_minute_of_the_edges_clock() -> None:
    tally = Tally()
    tally.offered("1", 5, 0, AT)
    tally.offered("1", 3, 2, AT)
    tally.offered("2", 1, 1, AT + timedelta(seconds=1))

    told = tally.arrived.take_changed()

    assert (told[10].offered, told[10].rejected) == ({"1": 8}, {"1": 2})
    assert (told[11].offered, told[11].rejected) == ({"2": 1}, {"2": 1})


def test_requests_that_are_refused_count_by_token_status_and_code() -> None:
    tally = Tally()
    for _ in range(3):
        tally.refused("1", 429, "rate_limited", AT)
    tally.refused("1", 429, "quota_exceeded", AT)
    tally.refused("", 401, "unknown_token", AT)

    assert tally.arrived.take_changed()[10].refused == {
        ("1", 429, "rate_limited"): 3,
        ("1", 429, "quota_exceeded"): 1,
        ("", 401, "unknown_token"): 1,
    }


def test_what_is_told_does_not_change_while_it_is_written() -> None:
    tally = Tally()
    tally.offered("1", 5, 0, AT)
    told = tally.arrived.take_changed()
    tally.offered("1", 5, 5, AT)

    assert (told[10].offered, told[10].rejected) == ({"1": 5}, {})


def test_brokers_whose_clock_is_behind_take_nothing_from_what_was_acknowledged() -> (
    None
):
    tally = Tally()
    for _ in range(2):
        tally.offered("1", 5, 0, AT + timedelta(minutes=5 * SETTLED))
        tally.add("1", [run(5)])
        tally.acknowledged.take_changed()
        tally.acknowledged.take_changed()  # what was told may be forgotten now
    tally.add("1", [run(5)])

    assert tally.acknowledged.take_changed() == {10: {"1": 15}}
