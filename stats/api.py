"""GET /api/stats: entries and errors by window of time, and by service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest
from ninja import Query, Router

from ingest.errors import QueryError
from ingest.mongo import database
from ingest.query.moments import read_moment
from stats import queries
from stats.queries import ALL
from stats.schemas import ErrorRateOut, RangeIn, WindowsOut
from stats.windows import FIVE_MINUTES, HOUR, MINUTE, Width, around

router = Router(tags=["stats"])

MAX_WINDOWS: Final = 10_000
# Whole windows around any moment in between are times that exist.
FIRST: Final = datetime(2, 1, 1, tzinfo=UTC)
LAST: Final = datetime(9998, 12, 31, tzinfo=UTC)
DEFAULT_RANGE: Final = {
    MINUTE: timedelta(hours=1),
    FIVE_MINUTES: timedelta(hours=6),
    HOUR: timedelta(days=1),
}


@router.get("/stats/hourly", response=WindowsOut, summary="Counts by hour")
def hourly(request: HttpRequest, asked: Query[RangeIn]) -> dict[str, Any]:
    """The last 24 hours without `start`. A window without entries has no row."""
    return _windows(request, asked, HOUR)


@router.get("/stats/5m", response=WindowsOut, summary="Counts by five minutes")
def five_minutes(request: HttpRequest, asked: Query[RangeIn]) -> dict[str, Any]:
    """The last 6 hours without `start`. A window without entries has no row."""
    return _windows(request, asked, FIVE_MINUTES)


@router.get("/stats/minute", response=WindowsOut, summary="Counts by minute")
def minute(request: HttpRequest, asked: Query[RangeIn]) -> dict[str, Any]:
    """The last hour without `start`. A window without entries has no row."""
    return _windows(request, asked, MINUTE)


@router.get("/stats/error-rate", response=ErrorRateOut, summary="Errors by service")
def error_rate(request: HttpRequest, asked: Query[RangeIn]) -> dict[str, Any]:
    """The last hour without `start`; exact to the minute."""
    start, end = _range(request, asked, DEFAULT_RANGE[MINUTE])
    db = database()
    complete_to = queries.complete_to(db)  # first: the sums may hold more, never less
    services = queries.sums(db, start, end, named(asked.service))
    return {
        "complete_to": complete_to,
        "services": services,
        "all": queries.all_of(services),
    }


def named(services: Iterable[str]) -> list[str]:
    """The services that are asked for; none means all."""
    names = list(dict.fromkeys(filter(None, services)))
    return [] if ALL in names else names


def _windows(request: HttpRequest, asked: RangeIn, width: Width) -> dict[str, Any]:
    start, end = _range(request, asked, DEFAULT_RANGE[width])
    if around(width, start, end).windows > MAX_WINDOWS:
        raise QueryError(
            "range_too_long",
            f"The range has more than {MAX_WINDOWS:,} windows.",
            "Ask for a shorter range, or for wider windows: 5m or hourly.",
        )
    db = database()
    complete_to = queries.complete_to(db)
    rows = queries.windows(db, width, start, end, named(asked.service))
    return {"complete_to": complete_to, "windows": rows}


def _range(
    request: HttpRequest, asked: RangeIn, default: timedelta
) -> tuple[datetime, datetime]:
    _refuse_unknown(request)
    now = datetime.now(UTC)
    end = read_moment("end", asked.end, now) if asked.end else now
    start = read_moment("start", asked.start, now) if asked.start else None
    start = start or max(end, FIRST) - default
    if start >= end:
        raise QueryError("bad_range", "`start` has to be before `end`.")
    return max(start, FIRST), min(end, LAST)


def _refuse_unknown(request: HttpRequest) -> None:
    # A misspelled filter that is ignored would answer with everything.
    for name in request.GET:
        if name not in RangeIn.model_fields:
            raise QueryError(
                "unknown_parameter",
                f"There is no parameter {name[:80]!r}.",
                f"Use {', '.join(RangeIn.model_fields)}.",
            )
