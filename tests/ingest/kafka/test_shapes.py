"""Lag, loss and rates: what is known, what is not, and what is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.kafka.shapes import (
    Group,
    Partition,
    Reading,
    Snapshot,
    Topic,
    rates,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def reading(committed: int | None, start: int | None, end: int | None) -> Reading:
    return Reading("orders", 0, committed, start, end)


def snapshot(seconds: float, *ends: int | None) -> Snapshot:
    partitions = [
        Partition(number, 1, (1,), (1,), 0, end) for number, end in enumerate(ends)
    ]
    topics = (Topic("orders", tuple(partitions)),) if partitions else ()
    return Snapshot(NOW + timedelta(seconds=seconds), "c", 1, (), topics, ())


@pytest.mark.parametrize(
    ("committed", "start", "end", "lag"),
    [
        (2, 0, 5, 3),
        (5, 0, 5, 0),
        (7, 0, 5, 0),  # it committed after the end was read
        (1, 4, 5, 1),  # 1 to 3 are gone: nobody can catch up with them
        (None, 0, 5, None),
        (2, None, None, None),
    ],
)
def test_lag_counts_what_can_still_be_read(
    committed: int | None, start: int | None, end: int | None, lag: int | None
) -> None:
    assert reading(committed, start, end).lag == lag


@pytest.mark.parametrize(
    ("committed", "start", "lost"), [(1, 4, 3), (4, 4, 0), (None, 4, 0), (1, None, 0)]
)
def test_lost_is_what_was_deleted_before_it_was_read(
    committed: int | None, start: int | None, lost: int
) -> None:
    assert reading(committed, start, 9).lost == lost


def test_the_lag_of_a_group_leaves_out_what_is_not_known() -> None:
    known, unknown = reading(2, 0, 5), reading(None, 0, 5)

    assert Group("billing", "stable", 1, (known, unknown)).lag == 3
    assert Group("billing", "stable", 1, (unknown,)).lag is None


def test_a_rate_is_what_came_in_over_all_partitions() -> None:
    assert rates(snapshot(0, 10, 20), snapshot(10, 30, 50)) == {"orders": 5.0}


def test_a_new_partition_counts_from_the_next_look() -> None:
    assert rates(snapshot(0, 10), snapshot(10, 30, 900)) == {"orders": 2.0}


def test_a_topic_that_was_made_again_has_no_rate_yet() -> None:
    assert rates(snapshot(0, 100), snapshot(10, 5)) == {}


def test_a_partition_without_leader_has_no_rate() -> None:
    assert rates(snapshot(0, None), snapshot(10, 5)) == {}


def test_one_snapshot_alone_has_no_rates() -> None:
    assert rates(snapshot(0, 5), snapshot(0, 5)) == {}
