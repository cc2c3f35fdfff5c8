"""From a route of the API through a door, as the bare edge goes."""

from __future__ import annotations

from typing import Any, Final

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse

from ingest.edge.app import running
from ingest.edge.doors.door import Door, Request
from ingest.edge.intake import MAX_KEY_LENGTH
from ingest.edge.limits import Receive
from ingest.kafka.producer import unavailable
from ingest.schemas import Accepted, Debugged, ErrorAnswer

PART_BYTES: Final = 256 * 1024
# What every door knows, for the OpenAPI document.
PARAMETERS: Final[list[dict[str, Any]]] = [
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
    {
        "name": "debug",
        "in": "query",
        "schema": {"type": "string", "enum": ["1"]},
        "description": "Answer 200 with what would be stored, and store nothing.",
    },
]

# What doors answer that speak logsite's own shapes.
ANSWERS: Final[dict[Any, Any]] = {
    200: Debugged,
    202: Accepted,
    400: Accepted | ErrorAnswer,
    frozenset({401, 403, 408, 413, 415, 429, 503}): ErrorAnswer,
}


async def through(door: Door, request: HttpRequest) -> HttpResponse:
    """The door's answer."""
    asked = _request(request)
    edge = running()
    if edge is None:
        answer = door.refused(unavailable("this process has no producer"), asked)
    else:
        answer = await edge.intake.answer(door, asked, _parts(request))
    response = HttpResponse(answer.body, status=answer.status, headers=answer.headers)
    if "Content-Type" not in answer.headers:  # Django thinks that there is always one
        del response["Content-Type"]
    return response


def _request(request: HttpRequest) -> Request:
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = request.META.get("QUERY_STRING", "")
    peer = request.META.get("REMOTE_ADDR", "")
    return Request(request.method or "", request.path, headers, query, peer)


def _parts(request: HttpRequest) -> Receive:
    """Read part by part: the edge's limits hold, not Django's."""

    async def part() -> tuple[bytes, bool]:
        data = await sync_to_async(request.read)(PART_BYTES)
        return data, bool(data)

    return part
