"""POST /v1/logs in the API: documents OpenTelemetry's door."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ingest.api.shapes import ANY_OBJECT, BINARY, TEXT, fields, many, number, text
from ingest.api.through import PARAMETERS, through
from ingest.edge.doors import OTLP
from ingest.edge.doors.door import JSON, PROTOBUF

_NANOSECONDS: Final = text("^[0-9]{1,19}$")
_ATTRIBUTES: Final = many(fields(("key", "value"), key=TEXT, value=ANY_OBJECT))
_RECORD: Final = fields(
    timeUnixNano=_NANOSECONDS,
    observedTimeUnixNano=_NANOSECONDS,
    severityNumber=number(24),
    severityText=TEXT,
    body=fields(stringValue=TEXT),
    attributes=_ATTRIBUTES,
    traceId=text("^([0-9a-fA-F]{32})?$"),
    spanId=text("^([0-9a-fA-F]{16})?$"),
    flags=number(2**32 - 1),
    eventName=TEXT,
)
_SCOPE: Final = fields(name=TEXT, version=TEXT, attributes=_ATTRIBUTES)
_REQUEST: Final = fields(
    resourceLogs=many(
        fields(
            resource=fields(attributes=_ATTRIBUTES),
            scopeLogs=many(fields(scope=_SCOPE, logRecords=many(_RECORD))),
        )
    )
)
_RESPONSE: Final = fields(
    partialSuccess=fields(rejectedLogRecords=TEXT, errorMessage=TEXT)
)
_STATUS: Final = fields(
    ("message",), code=number(16), message=TEXT, details=many(ANY_OBJECT)
)
_REFUSALS: Final = {
    400: "Unreadable, or no record can be stored",
    401: "No token, or an unknown one",
    403: "The token may not send",
    413: "Too large",
    415: "Neither protobuf nor JSON",
    429: "Too much: again after Retry-After",
    503: "Nothing is claimed: again after Retry-After",
}


def _answer(meaning: str, shape: dict[str, Any]) -> dict[str, Any]:
    content = {JSON: {"schema": shape}, PROTOBUF: {"schema": BINARY}}
    return {"description": meaning, "content": content}


_DOCUMENTATION: Final[dict[str, Any]] = {
    "parameters": PARAMETERS,
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": _REQUEST}, PROTOBUF: {"schema": BINARY}},
    },
    "responses": {200: _answer("Accepted, maybe in part", _RESPONSE)}
    | {status: _answer(meaning, _STATUS) for status, meaning in _REFUSALS.items()},
}

router = Router(tags=["send"])


@router.post("/v1/logs", summary="Send OTLP", openapi_extra=_DOCUMENTATION)
async def send_otlp(request: HttpRequest) -> HttpResponse:
    """OTLP/HTTP: an ExportLogsServiceRequest in protobuf or JSON; gzip or zstd.

    The answer comes in the encoding of the request, after the brokers acknowledged
    all that was accepted; the header X-Logsite-Receipt is the evidence. With `debug=1`
    it is JSON, and the same as that of /api/logs.
    """
    return await through(OTLP, request)
