"""POST /api/syslog in the API: documents its door."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ingest.api.through import ANSWERS, PARAMETERS, through
from ingest.edge.doors import SYSLOG

_EXAMPLE: Final = (
    "<85>1 2026-03-01T11:59:58Z web-1 sshd 4711 - - Failed password for root\n"
)
_DOCUMENTATION: Final[dict[str, Any]] = {
    "parameters": PARAMETERS,
    "requestBody": {
        "required": True,
        "content": {
            "text/plain": {"schema": {"type": "string"}, "example": _EXAMPLE},
            "application/json": {"schema": {"type": "array", "items": {}}},
        },
    },
}

router = Router(tags=["send"])


@router.post(
    "/syslog",
    summary="Send syslog",
    response=ANSWERS,
    openapi_extra=_DOCUMENTATION,
)
async def send_syslog(request: HttpRequest) -> HttpResponse:
    """Lines of RFC 5424 or RFC 3164, or JSON as templates of rsyslog and syslog-ng
    make it; gzip or zstd.

    A line in neither form is all message. 202 comes after the brokers acknowledged.
    """
    return await through(SYSLOG, request)
