"""GET /api/logs/patterns: the matches of a search by the template of their messages."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from ingest.mongo import database
from ingest.query.patterns import Patterns
from logsite.parameters import refuse_unknown
from logsite.search.api import filter_of
from logsite.search.grouping import grouped_in_turn
from logsite.search.schemas import FilterIn, MatchedOut, Time

router = Router(tags=["search"])


class PatternsIn(FilterIn):
    limit: int = Field(50, ge=1, le=500)


class PatternOut(Schema):
    template: str = Field(description="a message with <*>, <ip>, <num> … in it")
    count: int = Field(description="of the grouped entries")
    share: float
    levels: dict[str, int]
    services: dict[str, int]
    first: Time
    last: Time
    trend: list[int] = Field(description="counts in equal steps from start to end")
    query: str = Field(description="a search text that finds them; with -, the others")
    newest: str = Field(description="id of one of them")


class PatternsOut(Schema):
    items: list[PatternOut] = Field(description="the most frequent first")
    total: int = Field(description="patterns, also those beyond `limit`")
    grouped: int = Field(description="entries")
    matched: MatchedOut
    sampled: float = Field(description="share that was looked at; 1: everything")
    examined: int
    start: Time | None = Field(description="of the trends")
    end: Time | None


@router.get("/logs/patterns", response=PatternsOut, summary="Matches by template")
def show_patterns(request: HttpRequest, asked: Query[PatternsIn]) -> Patterns:
    """All matches if that takes a few seconds, else a sample of the whole range."""
    refuse_unknown(request, PatternsIn)
    wanted = filter_of(asked, datetime.now(UTC))
    return grouped_in_turn(database(), wanted, asked.limit)
