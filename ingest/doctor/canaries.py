"""The canary of each protocol: one entry, as a sender of that protocol would put it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from ingest.fold.block import EPOCH

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
TEXT: Final = "text/plain"


@dataclass(frozen=True)
class Canary:
    """A request that brings one entry."""

    protocol: str
    path: str
    content_type: str
    body: bytes


def canary(
    protocol: str, path: str, service: str, run: str, now: datetime
) -> Canary | None:
    """Its message holds the run and the protocol; None: nobody knows how to send it."""
    known = _BODIES.get(protocol)
    if known is None:
        return None
    content_type, body = known
    message = f"canary {run} {protocol} of logsite's doctor"
    return Canary(protocol, path, content_type, body(service, message, now))


def _logs(service: str, message: str, now: datetime) -> bytes:
    entry = {"timestamp": now, "level": "INFO", "service": service, "message": message}
    return msgspec.json.encode(entry)


def _otlp(service: str, message: str, now: datetime) -> bytes:
    name = {"key": "service.name", "value": {"stringValue": service}}
    record = {
        "timeUnixNano": _nanoseconds(now),
        "severityNumber": 9,
        "severityText": "INFO",
        "body": {"stringValue": message},
    }
    scope = {"scope": {"name": "doctor"}, "logRecords": [record]}
    resource = {"resource": {"attributes": [name]}, "scopeLogs": [scope]}
    return msgspec.json.encode({"resourceLogs": [resource]})


def _loki(service: str, message: str, now: datetime) -> bytes:
    labels = {"service_name": service, "level": "info"}
    stream = {"stream": labels, "values": [[_nanoseconds(now), message]]}
    return msgspec.json.encode({"streams": [stream]})


def _bulk(service: str, message: str, now: datetime) -> bytes:
    action: dict[str, Any] = {"create": {"_index": "logs"}}
    document = {
        "@timestamp": now,
        "log": {"level": "info"},
        "service": {"name": service},
        "message": message,
    }
    return b"%s\n%s\n" % (msgspec.json.encode(action), msgspec.json.encode(document))


def _syslog(service: str, message: str, now: datetime) -> bytes:
    at = now.isoformat(timespec="milliseconds")
    return f"<14>1 {at} doctor {service} - - - {message}".encode()


def _nanoseconds(now: datetime) -> str:
    return str(int((now - EPOCH).total_seconds() * 1_000_000) * 1_000)


_BODIES: Final[Mapping[str, tuple[str, Callable[[str, str, datetime], bytes]]]] = {
    "logs": (JSON, _logs),
    "otlp": (JSON, _otlp),
    "loki": (JSON, _loki),
    "bulk": (NDJSON, _bulk),
    "syslog": (TEXT, _syslog),
}
