"""Log records as senders make them, for tests of OTLP."""

from __future__ import annotations

from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

AT: Final = 1_772_366_398_250_000_001  # 2026-03-01T11:59:58.250000001Z


def value(plain: Any) -> AnyValue:
    """A value of Python's as OTLP has it."""
    if plain is None:
        return AnyValue()
    if isinstance(plain, list):
        made = AnyValue()
        made.array_value.values.extend(map(value, plain))
        made.array_value.SetInParent()
        return made
    if isinstance(plain, dict):
        made = AnyValue()
        made.kvlist_value.values.extend(pairs(plain))
        made.kvlist_value.SetInParent()
        return made
    kinds = {str: "string", bool: "bool", int: "int", float: "double", bytes: "bytes"}
    return AnyValue(**{f"{kinds[type(plain)]}_value": plain})


def pairs(plain: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=value(part)) for key, part in plain.items()]


def record(body: Any = "card declined", **fields: Any) -> LogRecord:
    """One record; `attributes` as a dict."""
    attributes = pairs(fields.pop("attributes", {}))
    known = {"time_unix_nano": AT} | fields
    return LogRecord(body=value(body), attributes=attributes, **known)


def request(
    *records: LogRecord,
    resource: dict[str, Any] | None = None,
    scope: dict[str, Any] | None = None,
) -> ExportLogsServiceRequest:
    """Records of one resource and one scope."""
    made = ExportLogsServiceRequest()
    of_resource = made.resource_logs.add()
    of_resource.resource.attributes.extend(pairs(resource or {}))
    of_scope = of_resource.scope_logs.add()
    known = scope or {}
    of_scope.scope.name = known.get("name", "")
    of_scope.scope.version = known.get("version", "")
    of_scope.scope.attributes.extend(pairs(known.get("attributes", {})))
    of_scope.log_records.extend(records)
    return made
