"""What a person may ask, read from the query string."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict

from ingest.query.between import EVERYTHING
from logsite.search.forms import SearchForm, canonical_query
from logsite.search.ranges import shortest_with

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")
LOG = bytes.fromhex("0000000100000000")  # partition 0 of incarnation 1


def form(query: str) -> SearchForm:
    read = SearchForm(QueryDict(query), SEOUL)
    read.is_valid()
    return read


def canonical(query: str) -> str:
    read = form(query)
    return canonical_query(read, read.time_range(NOW))


def test_it_asks_for_the_last_15_minutes_unless_told() -> None:
    within = form("").time_range(NOW)

    assert within.start == NOW - timedelta(minutes=15)
    assert within.end is None


def test_it_has_no_bounds_for_all_time() -> None:
    within = form("range=all").time_range(NOW)

    assert (within.start, within.end) == (None, None)


def test_it_reads_a_time_without_zone_in_the_zone_of_the_page() -> None:
    within = form("from=2026-03-01 09:00&to=2026-03-01T01:00:00Z").time_range(NOW)

    assert within.start == datetime(2026, 3, 1, 0, tzinfo=UTC)
    assert within.end == datetime(2026, 3, 1, 1, tzinfo=UTC)


def test_it_reads_a_range_in_words_in_the_zone_of_the_page() -> None:
    within = form("when=2026-03-01 10:00 to 11:00&range=7d").time_range(NOW)

    assert within.start == datetime(2026, 3, 1, 1, tzinfo=UTC)
    assert within.end == datetime(2026, 3, 1, 2, tzinfo=UTC)


def test_words_that_move_with_the_clock_stay_words_in_the_address() -> None:
    assert canonical("when=last+2+hours") == "when=last+2+hours"
    assert canonical("when=2026-03-01T00:00:00Z").startswith("from=2026-03-01T00")


def test_absolute_bounds_win_over_a_named_range() -> None:
    within = form("range=7d&from=2026-03-01T00:00:00Z").time_range(NOW)

    assert (within.key, within.end) == ("", None)


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday-ish",
        "from=0001-01-01T00:00:00",
        "from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z",
        "range=3w",
        "when=soon",
        "level=LOUD",
        "service=" + "x" * 201,
        "q=a%00b",
        "after=yesterday",
        "upto=5d1c09ae",
    ],
)
def test_it_refuses_what_it_cannot_read(query: str) -> None:
    assert not form(query).is_valid()


def test_it_makes_the_filter_that_was_asked_for() -> None:
    read = form("q=card&service=b&service=a&service=b&level=WARN&level=ERROR")

    wanted = read.log_filter(read.time_range(NOW))

    assert wanted.text == "card"
    assert wanted.services == ("b", "a")
    assert wanted.levels == ("ERROR", "WARN")


def test_its_address_is_short_and_means_the_same_in_every_zone() -> None:
    assert canonical("q=&range=15m&service=") == ""
    assert canonical("q=a b&range=1h") == "q=a+b&range=1h"
    assert canonical("from=2026-03-01 09:00") == "from=2026-03-01T00%3A00%3A00.000Z"


def test_a_stretch_of_the_tail_stays_in_the_address() -> None:
    stretch = "after=00000001.0-5&upto=00000001.0-9"
    read = form(f"range=all&{stretch}")

    assert read.between.floors == {LOG: 5}
    assert read.between.upto == ((LOG, 9),)
    assert canonical(f"range=all&{stretch}") == f"range=all&{stretch}"


def test_beyond_a_stretch_lies_the_same_query_without_it() -> None:
    read = form("q=card&from=-15m&after=00000001.0-5&upto=00000001.0-9")

    assert read.beyond == "q=card&from=-15m"


def test_what_comes_from_now_on_has_no_stretch() -> None:
    read = form("live=1&after=00000001.0-5")

    assert read.log_filter(read.time_range(NOW)).between == EVERYTHING


@pytest.mark.parametrize(
    ("ago", "key"),
    [
        (timedelta(minutes=3), "15m"),
        (timedelta(minutes=50), "1h"),
        (timedelta(days=2), "7d"),
        (timedelta(days=30), "all"),
        (-timedelta(minutes=3), "15m"),
    ],
)
def test_it_widens_no_more_than_needed(ago: timedelta, key: str) -> None:
    assert shortest_with(NOW - ago, NOW) == key
