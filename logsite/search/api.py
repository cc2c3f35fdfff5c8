"""GET /api/logs and what belongs to it: search, one entry, histogram, services.

Plain functions, not coroutines: Django runs them in a thread, off the event loop.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from django.http import HttpRequest
from ninja import Query, Router
from ninja.errors import HttpError

from ingest.errors import QueryError
from ingest.formats.levels import read_level
from ingest.mongo import database
from ingest.query.between import Between
from ingest.query.entries import entry
from ingest.query.filter import LogFilter
from ingest.query.histogram import Histogram, histogram, services
from ingest.query.moments import read_moment
from ingest.query.page import Item, Page
from ingest.tail.cursor import vector
from logsite.parameters import refuse_unknown
from logsite.search.context_api import router as context_router
from logsite.search.events import EventStream
from logsite.search.following import follow, in_turn
from logsite.search.schemas import (
    FilterIn,
    HistogramIn,
    HistogramOut,
    ItemOut,
    PageOut,
    SearchIn,
    ServicesOut,
)
from logsite.search.stream_api import DESCRIPTION, RESPONSES, as_events

router = Router(tags=["search"])
router.add_router("", context_router)


@router.get("/logs", response=PageOut, summary="Search, newest first")
def find(request: HttpRequest, asked: Query[SearchIn]) -> Page:
    """Words, phrases, services, levels and a time range; page by page."""
    refuse_unknown(request, SearchIn)
    log_filter = filter_of(asked, datetime.now(UTC))
    return in_turn(database(), log_filter, asked.limit, asked.cursor or None)


@router.get(
    "/logs/stream",
    summary="Search that tells how far it is",
    description=DESCRIPTION,
    openapi_extra=RESPONSES,
)
def follow_search(request: HttpRequest, asked: Query[SearchIn]) -> EventStream:
    refuse_unknown(request, SearchIn)
    log_filter = filter_of(asked, datetime.now(UTC))
    steps = follow(database(), log_filter, asked.limit, asked.cursor or None)
    return EventStream(as_events(steps))


@router.get("/logs/histogram", response=HistogramOut, summary="Counts over time")
def count_over_time(request: HttpRequest, asked: Query[HistogramIn]) -> Histogram:
    """Entries by level in at most `buckets` bars. `q` is left aside: see `whole`."""
    refuse_unknown(request, HistogramIn)
    now = datetime.now(UTC)
    return histogram(database(), filter_of(asked, now), asked.buckets, now)


@router.get("/logs/services", response=ServicesOut, summary="Names of services")
def list_services(request: HttpRequest) -> ServicesOut:
    """Every service that has entries."""
    return ServicesOut(services=services(database()))


@router.get("/logs/{entry_id}", response=ItemOut, summary="One entry")
def show(request: HttpRequest, entry_id: str) -> Item:
    """The entry with an `id` from a search."""
    found = entry(database(), entry_id)
    if found is None:
        raise HttpError(HTTPStatus.NOT_FOUND, "No stored entry has this id.")
    return found


def filter_of(asked: FilterIn, now: datetime) -> LogFilter:
    """The filter that the parameters of a request mean."""
    start = read_moment("from", asked.start, now) if asked.start else None
    end = read_moment("to", asked.end, now) if asked.end else None
    if start and end and start >= end:
        raise QueryError("bad_range", "`from` has to be before `to`.")
    return LogFilter(
        text=asked.q,
        services=tuple(dict.fromkeys(filter(None, asked.service))),
        levels=tuple(dict.fromkeys(_level(name) for name in asked.level if name)),
        start=start,
        end=end,
        between=Between(vector(asked.after), vector(asked.upto)),
    )


def _level(name: str) -> str:
    level = read_level(name)
    if level is None:
        raise QueryError(
            "bad_level",
            f"`level` is no level: {name[:80]!r}.",
            "Use TRACE, DEBUG, INFO, WARN, ERROR or FATAL, in any case.",
        )
    return level.value
