"""OTLP's log records -> entries: https://opentelemetry.io/docs/specs/otel/logs/data-model/.

What is said of the resource and the scope goes into the metadata of each record, flat.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    InstrumentationScope,
    KeyValue,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from ingest.entry import LEVELS
from ingest.formats.attributes import add_all
from ingest.formats.batch import Batch, Gathering
from ingest.formats.marks import as_text
from ingest.formats.protobuf import decoded
from ingest.formats.times import nanoseconds_text

SERVICE: Final = "service.name"
# What names the source of an entry has a name of its own here: see entry.source_of.
RENAMED: Final = {
    "service.instance.id": "instance",
    "host.name": "host",
    "k8s.pod.name": "pod",
}
_NUMBERS_PER_LEVEL: Final = 4  # 1-4 TRACE, 5-8 DEBUG ... 21-24 FATAL
_PLAIN_NUMBERS: Final = (0, 1, 5, 9, 13, 17, 21)  # the level says as much
_TRACE_FLAGS: Final = 0xFF  # the other bits are reserved


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where records come from: what all records of one resource and scope share."""

    service: str | None
    metadata: dict[str, Any]


def read_protobuf(body: bytes, default_service: str, now: datetime) -> Batch:
    """Every record of an ExportLogsServiceRequest, accepted or rejected by itself."""
    with decoded(ExportLogsServiceRequest, body) as request:
        return batch_of(request, default_service, now)


def batch_of(
    request: ExportLogsServiceRequest, default_service: str, now: datetime
) -> Batch:
    """Every record; the index counts them through all resources and scopes."""
    gathering = Gathering(default_service, now)
    for origin, records in _groups(request):
        for record in records:
            gathering.add(_fields(record, origin))
    return gathering.batch()


def _groups(
    request: ExportLogsServiceRequest,
) -> Iterator[tuple[_Origin, Iterable[LogRecord]]]:
    for of_resource in request.resource_logs:
        origin = _from_resource(of_resource.resource)
        for of_scope in of_resource.scope_logs:
            yield _from_scope(origin, of_scope.scope), of_scope.log_records


def _from_resource(resource: Resource) -> _Origin:
    pairs = list(_pairs(resource.attributes))
    metadata: dict[str, Any] = {}
    add_all(metadata, ((RENAMED.get(k, k), v) for k, v in pairs if k != SERVICE))
    names = [as_text(value) for key, value in pairs if key == SERVICE and value]
    return _Origin(names[0] if names else None, metadata)


def _from_scope(origin: _Origin, scope: InstrumentationScope) -> _Origin:
    metadata = dict(origin.metadata)
    named = (("scope.name", scope.name), ("scope.version", scope.version))
    add_all(metadata, ((name, value) for name, value in named if value))
    add_all(metadata, _pairs(scope.attributes))
    return _Origin(origin.service, metadata)


def _fields(record: LogRecord, origin: _Origin) -> dict[str, Any]:
    metadata = dict(origin.metadata)
    add_all(metadata, _pairs(record.attributes))
    add_all(metadata, _about(record))
    return {
        "timestamp": _timestamp(record),
        "level": _level(record),
        "service": origin.service,
        "message": _message(record),
        "metadata": metadata,
    }


def _timestamp(record: LogRecord) -> str | None:
    nanoseconds = record.time_unix_nano or record.observed_time_unix_nano
    return nanoseconds_text(nanoseconds) if nanoseconds else None


def _level(record: LogRecord) -> str | None:
    """By number; a number that says nothing leaves it to the text."""
    index = (record.severity_number - 1) // _NUMBERS_PER_LEVEL
    if 0 <= index < len(LEVELS):
        return LEVELS[index]
    return record.severity_text or None


def _message(record: LogRecord) -> str:
    """The body; an event may have none, its name says what happened."""
    body = value_of(record.body)
    if body is None or body == "":
        return record.event_name
    return as_text(body)


def _about(record: LogRecord) -> Iterator[tuple[str, Any]]:
    """What a record says of itself beside body and attributes."""
    if record.event_name:
        yield "event_name", record.event_name
    if record.trace_id.strip(b"\0"):  # all zeroes: there is no trace
        yield "trace_id", record.trace_id.hex()
    if record.span_id.strip(b"\0"):
        yield "span_id", record.span_id.hex()
    if record.flags & _TRACE_FLAGS:
        yield "trace_flags", record.flags & _TRACE_FLAGS
    if record.severity_number not in _PLAIN_NUMBERS:  # WARN2 is more than WARN
        yield "severity_number", record.severity_number
    if record.severity_text.upper() not in ("", _level(record)):
        yield "severity_text", record.severity_text
    if record.dropped_attributes_count:
        yield "dropped_attributes_count", record.dropped_attributes_count


def _pairs(attributes: Iterable[KeyValue]) -> Iterator[tuple[str, Any]]:
    return ((pair.key, value_of(pair.value)) for pair in attributes)


def value_of(value: AnyValue) -> Any:
    """A value as JSON has it: bytes in base64, numbers that are none as words."""
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return value.string_value
    if kind == "array_value":
        return [value_of(part) for part in value.array_value.values]
    if kind == "kvlist_value":
        inner: dict[str, Any] = {}
        add_all(inner, _pairs(value.kvlist_value.values))
        return inner
    return _scalar(value, kind)


def _scalar(value: AnyValue, kind: str | None) -> bool | float | str | None:
    if kind == "bytes_value":
        return b64encode(value.bytes_value).decode()
    if kind == "bool_value":
        return value.bool_value
    if kind == "int_value":
        return value.int_value
    if kind == "double_value":
        return _finite(value.double_value)
    return None


def _finite(number: float) -> float | str:
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else f"{'-' if number < 0 else ''}Infinity"
