"""Arithmetic on windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stats.windows import FIVE_MINUTES, HOUR, MINUTE, WIDTHS, around, cover

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
moments = st.datetimes(datetime(1960, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_a_moment_is_in_the_window_that_begins_before_it() -> None:
    assert HOUR.floor(at(59.9)) == NOON
    assert FIVE_MINUTES.floor(at(5)) == at(5)
    assert MINUTE.floor(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == datetime(
        1969, 12, 31, 23, 59, tzinfo=UTC
    )


def test_a_range_is_held_by_whole_windows() -> None:
    found = around(HOUR, at(30), at(90))

    assert (found.start, found.end, found.windows) == (NOON, at(120), 2)


def test_a_range_is_covered_by_hours_with_narrower_edges() -> None:
    found = cover(at(-7), at(61))

    assert [(piece.width.name, piece.start, piece.end) for piece in found] == [
        ("minute", at(-7), at(-5)),
        ("5m", at(-5), NOON),
        ("hourly", NOON, at(60)),
        ("minute", at(60), at(61)),
    ]


def test_a_range_within_a_minute_is_that_minute() -> None:
    (piece,) = cover(at(0.2), at(0.3))

    assert (piece.width, piece.start, piece.end) == (MINUTE, NOON, at(1))


@given(moments, st.timedeltas(timedelta(seconds=1), timedelta(days=400)))
def test_a_cover_has_no_gap_and_no_overlap(start: datetime, span: timedelta) -> None:
    pieces = cover(start, start + span)

    ends = [MINUTE.floor(start), *(piece.end for piece in pieces)]
    assert ends[:-1] == [piece.start for piece in pieces]
    assert ends[-1] == MINUTE.ceil(start + span)
    assert all(p.width.floor(p.start) == p.start for p in pieces)
    assert all(p.width.floor(p.end) == p.end for p in pieces)
    assert set(p.width for p in pieces) <= set(WIDTHS)
