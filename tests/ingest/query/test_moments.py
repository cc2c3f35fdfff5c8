"""Times as people give them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ingest.errors import QueryError
from ingest.query.moments import read_moment

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("now", timedelta(0)),
        ("-30s", timedelta(seconds=30)),
        ("-15m", timedelta(minutes=15)),
        ("now-2h", timedelta(hours=2)),
        ("-7d", timedelta(days=7)),
        ("-1w", timedelta(weeks=1)),
    ],
)
def test_it_reads_times_back_from_now(text: str, back: timedelta) -> None:
    assert read_moment("from", text, NOW) == NOW - back


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T10:00:00Z",
        "2026-11-22t10:00:00.000z",
        "2026-11-22 10:00:00Z",
        "2026-11-22T19:00:00+09:00",
        "2026-11-22T19:00:00 09:00",  # a + that was not escaped
        "2026-11-22T05:30:00-04:30",
        "2026-11-22T10:00:00.000000000123Z",
    ],
)
def test_it_reads_rfc_3339(text: str) -> None:
    assert read_moment("from", text, NOW) == datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("yesterday 17:00", "2026-11-21T17:00"),
        ("2026-11-22", "2026-11-22"),
        ("2026-11-22T10:00:00", "2026-11-22T10:00"),
        ("1763805600", "2025-11-22T10:00"),
        ("now-1d/d", "2026-11-21"),
        ("10 minutes ago", "2026-11-22T11:50"),
    ],
)
def test_it_reads_words_and_other_notations(text: str, moment: str) -> None:
    expected = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    assert read_moment("from", text, NOW) == expected


def test_what_has_no_zone_is_meant_in_the_given_one() -> None:
    seoul = ZoneInfo("Asia/Seoul")

    found = read_moment("from", "2026-11-22 10:00", NOW, seoul)

    assert found == datetime(2026, 11, 22, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday-ish", "-15", "15m", "-15y", "15", "soon", "yesterday soon"),
        *("2026-02-30T10:00:00Z", "0001-01-01T00:00:00+09:00", "-999999w", "１d", ""),
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(QueryError) as refused:
        read_moment("to", text, NOW)

    assert refused.value.code == "bad_time"
    assert "`to`" in refused.value.message
    assert "-15m" in refused.value.hint
