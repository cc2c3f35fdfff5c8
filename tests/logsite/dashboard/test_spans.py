"""How far back the dashboard looks."""

from __future__ import annotations

from datetime import UTC, datetime

from logsite.dashboard.spans import span
from stats.windows import HOUR, MINUTE

NOW = datetime(2026, 11, 22, 12, 30, 15, tzinfo=UTC)


def test_it_ends_with_the_window_that_is_not_over_yet() -> None:
    hour = span("1h", NOW)

    assert hour.width == MINUTE
    assert hour.start == datetime(2026, 11, 22, 11, 30, tzinfo=UTC)
    assert hour.end == datetime(2026, 11, 22, 12, 31, tzinfo=UTC)
    assert hour.seconds == 3615


def test_a_longer_span_has_wider_windows() -> None:
    assert span("7d", NOW).width == HOUR


def test_an_unknown_span_is_the_last_hour() -> None:
    assert span("<script>", NOW) == span("1h", NOW)
