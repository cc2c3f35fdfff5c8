"""What the dashboard makes of the rollups."""

from __future__ import annotations

from datetime import UTC, datetime

from logsite.dashboard.board import chart, search_query, shares
from logsite.dashboard.spans import span
from stats.queries import Sums, Window

NOW = datetime(2026, 11, 22, 12, 30, 15, tzinfo=UTC)
HOUR = span("1h", NOW)


def test_shares_add_up_to_the_whole() -> None:
    api, auth = shares(HOUR, [Sums("api", 3, 1), Sums("auth", 1)])

    assert (api.share, auth.share) == (0.75, 0.25)
    assert api.query.startswith("service=api&from=2026-11-22T11%3A30")


def test_many_small_services_share_one_row() -> None:
    rows = shares(HOUR, [Sums(f"service-{n}", 10, 1) for n in range(20)])

    assert len(rows) == 12
    assert (rows[-1].name, rows[-1].others, rows[-1].sums.total) == ("", 9, 90)


def test_no_service_has_no_share() -> None:
    assert shares(HOUR, []) == []


def test_levels_are_repeated_in_a_query() -> None:
    query = search_query(HOUR, level=("ERROR", "FATAL"))

    assert query == (
        "level=ERROR&level=FATAL"
        "&from=2026-11-22T11%3A30%3A00.000Z&to=2026-11-22T12%3A31%3A00.000Z"
    )


def test_the_chart_says_up_to_when_it_is_whole() -> None:
    window = Window("all", 2, 1, start=HOUR.start, levels={"INFO": 1, "ERROR": 1})

    drawn = chart(HOUR, [window], NOW)

    assert drawn["step_s"] == 60
    assert drawn["complete_to"] == "2026-11-22T12:30:15.000Z"
    assert drawn["rows"] == [
        {
            "start": "2026-11-22T11:30:00.000Z",
            "levels": {"INFO": 1, "ERROR": 1},
            "total": 2,
            "errors": 1,
        }
    ]
