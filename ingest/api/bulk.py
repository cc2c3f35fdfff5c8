"""Elasticsearch's `_bulk` in the API: documents its door."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from ingest.api.through import PARAMETERS, through
from ingest.edge.doors import BULK
from ingest.schemas import BulkAnswer, BulkRefused, Debugged

_EXAMPLE: Final = '{"create":{"_index":"web"}}\n{"message":"card declined"}\n'
_DOCUMENTATION: Final[dict[str, Any]] = {
    "parameters": PARAMETERS,
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}, "example": _EXAMPLE}
        },
    },
}
_ROUTE: Final[dict[str, Any]] = {
    "response": {
        200: BulkAnswer | Debugged,
        frozenset({400, 401, 403, 408, 413, 415, 429, 503}): BulkRefused,
    },
    "by_alias": True,  # the names of the fields begin with `_`
    "openapi_extra": _DOCUMENTATION,
}

router = Router(tags=["send"])


@router.post("/elasticsearch/_bulk", summary="Send documents", **_ROUTE)
@router.put("/elasticsearch/_bulk", include_in_schema=False)
async def send_bulk(request: HttpRequest) -> HttpResponse:
    """Elasticsearch's bulk requests: `create` and `index`, one answer for each item.

    200 comes after the brokers acknowledged all that was accepted.
    """
    return await through(BULK, request)


@router.post("/elasticsearch/{index}/_bulk", summary="Send to an index", **_ROUTE)
@router.put("/elasticsearch/{index}/_bulk", include_in_schema=False)
async def send_bulk_to(request: HttpRequest, index: Path[str]) -> HttpResponse:
    """The same, with the index of actions that name none."""
    return await through(BULK, request)
