"""The API's route for sending entries: documents the edge, and answers through it."""

from __future__ import annotations

from typing import Any, Final

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from ninja import Router

from ingest.edge.app import running
from ingest.edge.intake import MAX_KEY_LENGTH, Request
from ingest.edge.limits import Receive
from ingest.kafka.producer import unavailable
from ingest.schemas import Accepted, Entry, ErrorAnswer

PART_BYTES: Final = 256 * 1024
_ENTRY: Final = Entry.json_schema()
_DOCUMENTATION: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": {"type": "string", "maxLength": MAX_KEY_LENGTH},
            "description": "Sent again with the same key and body within an hour, "
            "nothing is stored twice.",
        },
        {
            "name": "Content-Encoding",
            "in": "header",
            "schema": {"type": "string", "enum": ["gzip", "zstd", "identity"]},
        },
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"oneOf": [_ENTRY, {"type": "array", "items": _ENTRY}]}
            },
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "example": '{"message": "first"}\n{"message": "second"}\n',
            },
        },
    },
}

router = Router(tags=["send"])


@router.post(
    "/logs",
    summary="Send entries",
    response={
        202: Accepted,
        400: Accepted | ErrorAnswer,
        frozenset({401, 403, 408, 413, 415, 429, 503}): ErrorAnswer,
    },
    openapi_extra=_DOCUMENTATION,
)
async def send_logs(request: HttpRequest) -> HttpResponse:
    """One object, an array, or one object a line; gzip or zstd.

    202 comes after the brokers acknowledged all that was accepted. Entries that
    cannot be stored are named by their index; the others are accepted. 503 claims
    nothing: send the same again, after the seconds in Retry-After.
    """
    edge = running()
    if edge is None:
        raise unavailable("this process has no producer")
    headers = {name.lower(): value for name, value in request.headers.items()}
    answer = await edge.intake.answer(
        Request(request.method or "", headers, _parts(request))
    )
    return HttpResponse(answer.body, status=answer.status, headers=answer.headers)


def _parts(request: HttpRequest) -> Receive:
    """Read part by part: the edge's limits hold, not Django's."""

    async def part() -> tuple[bytes, bool]:
        data = await sync_to_async(request.read)(PART_BYTES)
        return data, bool(data)

    return part
