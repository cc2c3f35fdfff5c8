"""OTLP's logs as JSON -> the same message as protobuf: the spec's JSON encoding.

It is Protobuf's own JSON mapping but for trace and span ids, which are hex.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from google.protobuf.json_format import ParseDict, ParseError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)

from ingest.errors import Unreadable
from ingest.formats.batch import Batch
from ingest.formats.jsonobject import read_object
from ingest.formats.otlp import batch_of

_HINT: Final = "Send an ExportLogsServiceRequest in OTLP's JSON encoding."
_MAX_DEPTH: Final = 100  # of messages: that of protobuf's own parser
_IDS: Final = ("traceId", "trace_id", "spanId", "span_id")


def read_otlp_json(body: bytes, default_service: str, now: datetime) -> Batch:
    """Every record of an ExportLogsServiceRequest, accepted or rejected by itself."""
    return batch_of(_message(read_object(body, _HINT)), default_service, now)


def _message(sent: dict[str, Any]) -> ExportLogsServiceRequest:
    for record in _records(sent):
        _unhex(record)
    try:
        return ParseDict(
            sent,
            ExportLogsServiceRequest(),
            ignore_unknown_fields=True,  # as the spec wants it
            max_recursion_depth=_MAX_DEPTH,
        )
    except (ParseError, ValueError, RecursionError) as error:
        raise _unreadable(f"{error}.") from None


def _records(sent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for of_resource in _objects(sent, "resourceLogs", "resource_logs"):
        for of_scope in _objects(of_resource, "scopeLogs", "scope_logs"):
            yield from _objects(of_scope, "logRecords", "log_records")


def _objects(holder: dict[str, Any], *names: str) -> Iterator[dict[str, Any]]:
    """The objects of a list; what is none is left to the parser's own words."""
    for name in names:
        parts = holder.get(name)
        if isinstance(parts, list):
            yield from (part for part in parts if isinstance(part, dict))


def _unhex(record: dict[str, Any]) -> None:
    """Ids in base64, where Protobuf's mapping wants all bytes."""
    for name in _IDS:
        if isinstance(value := record.get(name), str):
            try:
                record[name] = b64encode(bytes.fromhex(value)).decode()
            except ValueError:
                raise _unreadable(f"{name} is hex, not {value[:100]!r}.") from None


def _unreadable(reason: str) -> Unreadable:
    return Unreadable("unreadable_body", reason, _HINT)
