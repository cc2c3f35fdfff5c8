"""Times as people give them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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
    "text",
    [
        *("yesterday", "-15", "15m", "-15y", "2026-11-22", "2026-11-22T10:00:00"),
        *("2026-02-30T10:00:00Z", "0001-01-01T00:00:00+09:00", "-999999w", "１d", ""),
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(QueryError) as refused:
        read_moment("to", text, NOW)

    assert refused.value.code == "bad_time"
    assert "`to`" in refused.value.message
    assert "-15m" in refused.value.hint
