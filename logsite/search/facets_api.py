"""GET /api/logs/facets: how the matches of a search are distributed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from ingest.mongo import database
from ingest.query.facets import Facets
from ingest.query.tasks import Counted
from logsite.parameters import refuse_unknown
from logsite.search.api import filter_of
from logsite.search.events import EventStream, event
from logsite.search.following import count_up, counted_in_turn
from logsite.search.schemas import HistogramIn, HistogramOut, MatchedOut, Time
from logsite.search.stream_api import RESPONSES, told_as

router = Router(tags=["search"])
DESCRIPTION: Final = """\
Server-sent events, each with JSON on one line of `data`: `facets` with what is counted
by now, some times a second; `waiting` while `before` others come first; `done` with the
whole, or `error`. Closing the connection ends it."""


class ValueOut(Schema):
    value: str
    count: int


class FieldOut(Schema):
    name: str = Field(description="as a search text names it")
    entries: int = Field(description="of the sample that have it")
    distinct: int = Field(description="different values in the sample")
    values: list[ValueOut] = Field(description="the most frequent ones")


class FacetsOut(Schema):
    matched: MatchedOut
    examined: int
    reached: Time | None = Field(
        description="if not exact: all matches that are newer are counted"
    )
    histogram: HistogramOut = Field(description="the matches over time, `q` included")
    levels: list[ValueOut]
    services: list[ValueOut]
    sampled: int = Field(description="newest matches whose fields were looked at")
    fields: list[FieldOut] = Field(description="those that most entries have first")


@router.get(
    "/logs/facets", response=FacetsOut, summary="Counts by level, service, field"
)
def facets(request: HttpRequest, asked: Query[HistogramIn]) -> dict[str, Any]:
    """Of all matches, `q` included; of many, those of the first seconds."""
    refuse_unknown(request, HistogramIn)
    wanted = filter_of(asked, datetime.now(UTC))
    return _plain(counted_in_turn(database(), wanted, asked.buckets))


@router.get(
    "/logs/facets/stream",
    summary="Counts that grow",
    description=DESCRIPTION,
    openapi_extra=RESPONSES,
)
def growing_facets(request: HttpRequest, asked: Query[HistogramIn]) -> EventStream:
    refuse_unknown(request, HistogramIn)
    wanted = filter_of(asked, datetime.now(UTC))
    return EventStream(told_as(count_up(database(), wanted, asked.buckets), _told))


def _told(step: Counted) -> Iterator[bytes]:
    told = FacetsOut.model_validate(_plain(step.facets))
    name = "done" if step.ended else "facets"
    yield event(name, **told.model_dump(mode="json"))


def _plain(facets: Facets) -> dict[str, Any]:
    fields = [
        {
            "name": field.name,
            "entries": field.entries,
            "distinct": field.distinct,
            "values": [{"value": v.text, "count": v.entries} for v in field.values],
        }
        for field in facets.fields
    ]
    counted = {"levels": _most(facets.levels), "services": _most(facets.services)}
    return {**asdict(facets), **counted, "fields": fields}


def _most(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [{"value": value, "count": n} for value, n in ordered]
