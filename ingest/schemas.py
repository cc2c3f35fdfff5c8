"""The shapes of sending, for the OpenAPI document; the edge reads by itself."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Field, Schema
from pydantic import ConfigDict

from ingest.entry import LEVELS, MAX_SERVICE_LENGTH


class Entry(Schema):
    """One log line. Only the message is required; other fields move to metadata."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "timestamp": "2026-03-01T11:59:58.250Z",
                    "level": "ERROR",
                    "service": "payment-service",
                    "message": "card declined by the bank",
                    "metadata": {"host": "pay-2", "order": 4711},
                }
            ]
        },
    )

    message: str = Field(description="Not empty. What is no string is taken as JSON.")
    timestamp: str | float | None = Field(
        None,
        description="When it happened: RFC 3339, epoch and other usual notations. "
        "Without one, the time of receipt.",
    )
    level: str | int | None = Field(
        None,
        description=f"One of {', '.join(LEVELS)} or a usual spelling; INFO if absent.",
    )
    service: str | None = Field(
        None,
        description=f"Up to {MAX_SERVICE_LENGTH} characters; by default the token's.",
    )
    metadata: dict[str, Any] | None = Field(None, description="Anything else.")


class Result(Schema):
    """One entry that was not accepted."""

    index: int = Field(description="Its place among all entries of the request, from 0")
    status: Literal["rejected"]
    code: str = Field(description="Stable, as too_large or no_message")
    error: str = Field(description="The reason in words")


class Accepted(Schema):
    """What became of a request."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "receipt": "AWx7...",
                    "accepted": 999,
                    "rejected": 1,
                    "results": [
                        {
                            "index": 417,
                            "status": "rejected",
                            "code": "no_message",
                            "error": "An entry needs a message that is not empty.",
                        }
                    ],
                }
            ]
        }
    )

    receipt: str | None = Field(
        description="Evidence; null if nothing was accepted, or offsets are not known"
    )
    accepted: int = Field(description="Entries that the brokers acknowledged")
    rejected: int
    results: list[Result] = Field(description="Only what was not accepted")


class Debugged(Schema):
    """What would be stored, where `?debug=1` was asked; nothing was."""

    debug: Literal[True]
    entries: list[dict[str, Any]] = Field(description="As they would be stored")
    rejected: int
    results: list[Result]


class Error(Schema):
    code: str
    message: str
    hint: str


class ErrorAnswer(Schema):
    """The one shape of every error."""

    error: Error


class BulkCause(Schema):
    type: str
    reason: str


class BulkItem(Schema):
    """What became of one document."""

    index: str = Field(alias="_index")
    id: str = Field(alias="_id")
    status: int = Field(description="201, or 400 with an error")
    result: Literal["created"] | None = None
    error: BulkCause | None = None


class BulkAnswer(Schema):
    """One item for each action, in order, under the action's name."""

    took: int = Field(description="Milliseconds")
    errors: bool = Field(description="Whether any item has one")
    items: list[dict[str, BulkItem]]


class BulkError(BulkCause):
    root_cause: list[BulkCause]
    code: str = Field(description="Stable, as in the answers of POST /api/logs")


class BulkRefused(Schema):
    """An error in the shape of Elasticsearch."""

    error: BulkError
    status: int
