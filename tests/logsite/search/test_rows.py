"""Entries as rows of the list."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from logsite.search.rows import folded, rows
from logsite.search.visible import Shown
from tests.logsite.search.items import NOON, item

UTC = ZoneInfo("UTC")
SEOUL = ZoneInfo("Asia/Seoul")


def test_it_shows_the_time_of_the_readers_zone_to_the_millisecond() -> None:
    (row,) = rows([item()], SEOUL, None)

    assert row.clock == "21:00:00.123"


def test_it_says_the_day_only_where_it_changes() -> None:
    made = rows([item(), item(ago_s=60), item(ago_s=13 * 3600)], UTC, None)

    assert [row.new_day for row in made] == [True, False, True]


def test_it_does_not_repeat_the_day_of_the_row_above() -> None:
    (row,) = rows([item()], UTC, None, NOON.date())

    assert not row.new_day


def test_it_names_the_level_by_two_letters() -> None:
    (row,) = rows([item()], UTC, None)

    assert row.badge == "ER"


def test_it_folds_all_lines_but_the_first() -> None:
    assert folded("\nfailed\n  at a\n  at b\n") == (Shown("failed"), 2, 0)


def test_it_cuts_a_very_long_line() -> None:
    first, _, more = folded("x" * 10_000)

    assert (len(first.text), more) == (8192, 10_000 - 8192)
