"""Which offsets of which logs lie between two cursors of a tail."""

from __future__ import annotations

from ingest.fold.block import LOG_LENGTH, position
from ingest.query.between import EVERYTHING, Between, Vector


def log(life: int, partition: int) -> bytes:
    return position(life, partition, 0)[:LOG_LENGTH]


def vector(*places: tuple[bytes, int]) -> Vector:
    return tuple(sorted(places))


def test_without_ends_everything_counts() -> None:
    stored = {log(1, 0): 9, log(2, 0): 4}

    assert EVERYTHING.newest(stored) == stored
    assert EVERYTHING.floors == {}


def test_it_ends_before_the_first_offset_that_was_not_seen() -> None:
    between = Between(upto=vector((log(1, 0), 5)))

    assert between.newest({log(1, 0): 9}) == {log(1, 0): 4}


def test_it_does_not_reach_beyond_what_is_stored() -> None:
    between = Between(upto=vector((log(1, 0), 50)))

    assert between.newest({log(1, 0): 9}) == {log(1, 0): 9}


def test_it_begins_with_the_first_offset_that_was_not_seen() -> None:
    assert Between(after=vector((log(1, 0), 5))).floors == {log(1, 0): 5}


def test_of_a_partition_that_the_end_does_not_name_nothing_was_seen() -> None:
    between = Between(upto=vector((log(1, 0), 5)))

    assert log(1, 1) not in between.newest({log(1, 0): 9, log(1, 1): 9})


def test_a_partition_that_the_beginning_does_not_name_counts_from_its_start() -> None:
    between = Between(after=vector((log(1, 0), 5)))

    assert between.newest({log(1, 0): 9, log(1, 1): 3})[log(1, 1)] == 3


def test_a_life_that_ended_between_counts_to_its_end_and_the_next_from_its_start() -> (
    None
):
    between = Between(vector((log(1, 0), 5)), vector((log(2, 0), 3)))

    stored = {log(1, 0): 9, log(2, 0): 7, log(3, 0): 1}
    assert between.newest(stored) == {log(1, 0): 9, log(2, 0): 2}
    assert between.floors == {log(1, 0): 5}
