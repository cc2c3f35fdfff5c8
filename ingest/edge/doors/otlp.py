"""The door of OpenTelemetry: OTLP/HTTP logs at POST /v1/logs."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Final

from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.rpc.code_pb2 import Code
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceResponse,
)

from ingest.edge.doors.door import JSON, PROTOBUF, Door, Request, Taken
from ingest.edge.respond import Answer, headers_of, in_words, known_status
from ingest.errors import Refused
from ingest.formats.batch import Batch, Rejected
from ingest.formats.otlp import read_protobuf
from ingest.formats.otlpjson import read_otlp_json

MAX_NAMED: Final = 20  # of rejected records, an answer names so many
# Of gRPC, as Status wants it; senders over HTTP look at the status only.
_CODES: Final = {
    400: Code.INVALID_ARGUMENT,
    401: Code.UNAUTHENTICATED,
    403: Code.PERMISSION_DENIED,
    413: Code.INVALID_ARGUMENT,
    415: Code.INVALID_ARGUMENT,
    429: Code.RESOURCE_EXHAUSTED,
    503: Code.UNAVAILABLE,
}


class Otlp(Door):
    """ExportLogsServiceRequest in both encodings; the answer comes in the same."""

    name = "otlp"
    paths = ("/v1/logs",)
    content_types = frozenset({JSON, PROTOBUF})

    def read(
        self, body: bytes, request: Request, default_service: str, now: datetime
    ) -> Batch:
        read = read_otlp_json if request.content_type == JSON else read_protobuf
        return read(body, default_service, now)

    def accepted(self, taken: Taken, request: Request) -> Answer:
        """Success, also of an empty request; partial; or 400 if nothing was good."""
        batch = taken.batch
        if batch.rejected and not batch.entries:
            return _answer(HTTPStatus.BAD_REQUEST, _all_bad(batch), request)
        response = ExportLogsServiceResponse()
        if batch.rejected:
            response.partial_success.CopyFrom(_partial(batch))
        return _answer(HTTPStatus.OK, response, request, taken.headers)

    def refused(self, error: Refused, request: Request) -> Answer:
        """A Status. Senders throw away what 408 answers."""
        status = known_status(error)
        code = _CODES.get(status, Code.INTERNAL)
        message = Status(code=code, message=in_words(error))
        return _answer(status, message, request, headers_of(error))


def _partial(batch: Batch) -> ExportLogsPartialSuccess:
    rejected = batch.rejected
    named = "; ".join(map(_named, rejected[:MAX_NAMED]))
    more = f"; and {n} more" if (n := len(rejected) - MAX_NAMED) > 0 else ""
    return ExportLogsPartialSuccess(
        rejected_log_records=len(rejected), error_message=f"{named}{more}"
    )


def _named(one: Rejected) -> str:
    return f"log record {one.index}: {one.code}: {one.error}"


def _all_bad(batch: Batch) -> Status:
    violations = [
        BadRequest.FieldViolation(
            field=f"log_records[{one.index}]", description=f"{one.code}: {one.error}"
        )
        for one in batch.rejected[:MAX_NAMED]
    ]
    message = f"None of {len(batch.rejected)} log records can be stored."
    status = Status(code=Code.INVALID_ARGUMENT, message=message)
    status.details.add().Pack(BadRequest(field_violations=violations))
    return status


def _answer(
    status: HTTPStatus,
    message: Message,
    request: Request,
    headers: dict[str, str] | None = None,
) -> Answer:
    """In protobuf to who sent protobuf, in JSON to everybody else."""
    kind = PROTOBUF if request.content_type == PROTOBUF else JSON
    if kind == PROTOBUF:
        body = message.SerializeToString()
    else:
        body = MessageToJson(message, indent=None).encode()
    own = {"Content-Type": kind, "X-Content-Type-Options": "nosniff"}
    return Answer(status, body, own | (headers or {}))
