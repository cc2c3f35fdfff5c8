"""POST /loki/api/v1/push in the API: documents Loki's door."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ingest.api.shapes import ANY_OBJECT, BINARY, TEXT, fields, many
from ingest.api.through import PARAMETERS, through
from ingest.edge.doors import LOKI
from ingest.edge.doors.door import JSON, PROTOBUF

_LABELS: Final = {"type": "object", "additionalProperties": TEXT}
_VALUE: Final = {
    "type": "array",
    "prefixItems": [TEXT, TEXT, ANY_OBJECT],
    "minItems": 2,
    "maxItems": 3,
    "description": "Nanoseconds since 1970, the line, and maybe structured metadata",
}
_REQUEST: Final = fields(
    ("streams",), streams=many(fields(stream=_LABELS, values=many(_VALUE)))
)
_REFUSALS: Final = {
    400: "Unreadable; or lines were rejected, which are named: others are stored",
    401: "No token, or an unknown one",
    403: "The token may not send",
    413: "Too large",
    415: "Neither protobuf nor JSON",
    422: "No stream at all",
    429: "Too much: again after Retry-After",
    503: "Nothing is claimed: again after Retry-After",
}
_DOCUMENTATION: Final[dict[str, Any]] = {
    "parameters": PARAMETERS,
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": _REQUEST}, PROTOBUF: {"schema": BINARY}},
    },
    "responses": {
        200: {
            "description": "With debug=1: what would be stored",
            "content": {JSON: {"schema": ANY_OBJECT}},
        },
        204: {"description": "Accepted; empty lines are passed over"},
    }
    | {
        status: {"description": meaning, "content": {"text/plain": {"schema": TEXT}}}
        for status, meaning in _REFUSALS.items()
    },
}

router = Router(tags=["send"])


@router.post("/loki/api/v1/push", summary="Send Loki", openapi_extra=_DOCUMENTATION)
async def send_loki(request: HttpRequest) -> HttpResponse:
    """Loki's push: protobuf in Snappy's block format, or JSON, maybe in gzip.

    204 comes after the brokers acknowledged all that was accepted; the header
    X-Logsite-Receipt is the evidence.
    """
    return await through(LOKI, request)
