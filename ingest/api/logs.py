"""POST /api/logs in the API: documents its door."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ingest.api.through import ANSWERS, PARAMETERS, through
from ingest.edge.doors import LOGS
from ingest.schemas import Entry

_ENTRY: Final = Entry.json_schema()
_DOCUMENTATION: Final[dict[str, Any]] = {
    "parameters": PARAMETERS,
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
    response=ANSWERS,
    openapi_extra=_DOCUMENTATION,
)
async def send_logs(request: HttpRequest) -> HttpResponse:
    """One object, an array, or one object a line; gzip or zstd.

    202 comes after the brokers acknowledged all that was accepted. Entries that
    cannot be stored are named by their index; the others are accepted. 503 claims
    nothing: send the same again, after the seconds in Retry-After.
    """
    return await through(LOGS, request)
