"""What the stats API is asked and answers: the shapes in the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from ninja import Schema
from pydantic import Field, PlainSerializer

from ingest.query.moments import rfc3339

Time = Annotated[datetime, PlainSerializer(rfc3339, when_used="unless-none")]
TIMES: Final = "RFC 3339, or back from now: -15m, -2h, -7d"


class RangeIn(Schema):
    """Which services, and when."""

    service: list[str] = Field(
        [], description="repeated: one row each; absent or `all`: all", max_length=100
    )
    start: str = Field("", description=f"inclusive; {TIMES}")
    end: str = Field("", description=f"exclusive, now if absent; {TIMES}")


class SumsOut(Schema):
    service: str
    total: int
    errors: int = Field(description="entries of level ERROR or FATAL")
    error_rate: float = Field(description="errors in all entries, 0 to 1")


class WindowOut(SumsOut):
    start: Time
    levels: dict[str, int] = Field(description="levels that have entries")


class WindowsOut(Schema):
    complete_to: Time | None = Field(
        description="what was acknowledged before is counted; null: nothing was yet"
    )
    windows: list[WindowOut] = Field(description="those that have entries, by start")


class ErrorRateOut(Schema):
    complete_to: Time | None
    services: list[SumsOut] = Field(description="the largest first")
    all: SumsOut = Field(description="these services together")
