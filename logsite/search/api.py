"""GET /api/logs and what belongs to it: search, one entry, histogram, services.

Plain functions, not coroutines: Django runs them in a thread, off the event loop.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from django.http import Http404, HttpRequest
from ninja import Query, Router
from pydantic import Field

from ingest.errors import QueryError
from ingest.formats.levels import read_level
from ingest.mongo import database
from ingest.query.entries import entry
from ingest.query.filter import LogFilter
from ingest.query.histogram import MAX_BUCKETS, histogram, services
from ingest.query.moments import read_moment
from ingest.query.page import Item
from ingest.query.run import search
from logsite.search.schemas import HistogramOut, ItemOut, PageOut, ServicesOut

MAX_LIMIT: Final = 1_000
MAX_NAMES: Final = 100  # of services, and of levels, in one search

router = Router(tags=["search"])

Text = Annotated[
    str, Query("", description='words, "a phrase", -not; see the search docs')
]
Names = Annotated[
    list[str], Query([], max_length=MAX_NAMES, description="repeated: any of them")
]
Moment = Annotated[
    str,
    Query("", description="RFC 3339, or back from now: -15m, -2h, -7d"),
]


@router.get("/logs", response=PageOut, summary="Search, newest first")
def logs(
    request: HttpRequest,
    q: Text = "",
    service: Names = [],
    level: Names = [],
    start: Annotated[str, Query("", alias="from")] = "",
    end: Annotated[str, Query("", alias="to")] = "",
    limit: Annotated[int, Query(50, ge=1, le=MAX_LIMIT)] = 50,
    cursor: str = "",
) -> dict[str, Any]:
    pass
