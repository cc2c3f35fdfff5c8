"""What the search API answers: the shapes in the OpenAPI document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from ninja import Schema
from pydantic import Field, PlainSerializer

from logsite.parameters import Parameters


def rfc3339(time: datetime) -> str:
    """In UTC, to the millisecond, as times are stored."""
    text = time.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


Time = Annotated[datetime, PlainSerializer(rfc3339, when_used="unless-none")]


TIMES: Final = "RFC 3339, back from now (-15m, -2h, -7d), or in words (yesterday 17:00)"


class FilterIn(Parameters):
    """Which entries are meant; the same for every endpoint."""

    q: str = Field("", description='words, "a phrase", -not, a OR b, field:value')
    service: list[str] = Field([], description="repeated: any of them", max_length=100)
    level: list[str] = Field([], description="repeated: any of them", max_length=100)
    start: str = Field("", alias="from", description=f"inclusive; {TIMES}")
    end: str = Field("", alias="to", description=f"exclusive; {TIMES}")
    after: str = Field("", description="cursor of a tail: only what it had not seen")
    upto: str = Field("", description="cursor of a tail: only what it had seen")


class SearchIn(FilterIn):
    limit: int = Field(50, ge=1, le=1_000)
    cursor: str = Field("", description="`next` of the page before")


class HistogramIn(FilterIn):
    buckets: int = Field(60, ge=1, le=1_000)


class ItemOut(Schema):
    id: str = Field(description="32 hexadecimal digits: the position in the log")
    timestamp: Time = Field(description="when it happened, as its sender says")
    received: Time = Field(description="when the broker took it")
    level: str
    service: str
    message: str
    metadata: dict[str, Any]


class MatchedOut(Schema):
    count: int
    exact: bool = Field(description="false: at least so many")


class PartialOut(Schema):
    reason: str = Field(description="time, examined or expired")


class PageOut(Schema):
    items: list[ItemOut] = Field(description="newest first, by timestamp, then id")
    next: str | None = Field(description="cursor of the following page")
    examined: int = Field(description="entries that were looked at for this page")
    matched: MatchedOut
    complete_to: Time | None = Field(
        description="what was acknowledged before could be found"
    )
    pinned: dict[str, int] = Field(
        description="incarnation:partition -> newest offset that all pages may see"
    )
    partial: PartialOut | None = Field(
        description="why the search stopped before the page was full"
    )


class BarOut(Schema):
    start: Time
    levels: dict[str, int]


class HistogramOut(Schema):
    start: Time | None
    end: Time | None
    step_s: int
    rows: list[BarOut]
    whole: bool = Field(
        description="`q` was given but left aside: all entries of the other filters"
    )
    exact: bool
    later: int = Field(description="entries after `end`, of senders ahead of now")


class ServicesOut(Schema):
    services: list[str]
