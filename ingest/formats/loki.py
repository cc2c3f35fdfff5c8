"""Loki's push requests, protobuf or JSON -> entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ingest.errors import BadEntry, Unprocessable, Unreadable
from ingest.formats.attributes import add_all
from ingest.formats.batch import Batch, Gathering
from ingest.formats.jsonobject import read_object
from ingest.formats.lokilabels import read_labels
from ingest.formats.lokischema import PushRequest
from ingest.formats.protobuf import decoded
from ingest.formats.times import nanoseconds_text

# Of each, the first that a stream or an entry has. Services are named as Loki finds
# its `service_name`.
_SERVICE: Final = (
    *("service_name", "service", "app", "application", "app_name", "name"),
    *("app_kubernetes_io_name", "container", "container_name", "k8s_container_name"),
    *("component", "workload", "job", "k8s_job_name"),
)
_LEVEL: Final = ("level", "detected_level", "severity", "lvl", "log_level")
_OURS: Final = ("service_name", "service", *_LEVEL)  # not kept as metadata as well
_NANOSECONDS: Final = 10**9
_HINT: Final = 'Send {"streams": [{"stream": {...}, "values": [["<ns>", "<line>"]]}]}.'
_MAX_DIGITS: Final = 20


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a stream, as it was sent."""

    timestamp: Any
    message: Any
    structured: Iterable[tuple[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class _Stream:
    """Lines that have the same labels."""

    labels: Mapping[str, Any] | BadEntry  # or what is wrong with them
    lines: Iterable[_Line | BadEntry]


def read_push(body: bytes, default_service: str, now: datetime) -> Batch:
    """Every line of a PushRequest (unpacked), accepted or rejected by itself."""
    with decoded(PushRequest, body) as request:
        return _batch(map(_from_message, request.streams), default_service, now)


def read_push_json(body: bytes, default_service: str, now: datetime) -> Batch:
    """Every line of `{"streams": [{"stream": {...}, "values": [[...]]}]}`."""
    streams = read_object(body, _HINT).get("streams")
    if not isinstance(streams, list) or not all(type(one) is dict for one in streams):
        raise _unreadable("`streams` is no list of objects.")
    return _batch(map(_from_object, streams), default_service, now)


def _batch(streams: Iterable[_Stream], default_service: str, now: datetime) -> Batch:
    gathering = Gathering(default_service, now)
    found = False
    for stream in streams:
        found = True
        for line in stream.lines:
            _add(gathering, stream.labels, line)
    if not found:
        message = "At least one stream is needed."
        raise Unprocessable("no_streams", message)
    return gathering.batch()


def _add(
    gathering: Gathering, labels: Mapping[str, Any] | BadEntry, line: _Line | BadEntry
) -> None:
    if isinstance(line, BadEntry):
        gathering.reject(line)
    elif isinstance(labels, BadEntry):
        gathering.reject(labels)
    else:
        gathering.add(_fields(labels, line))


def _fields(labels: Mapping[str, Any], line: _Line) -> dict[str, Any]:
    own = dict(line.structured)
    metadata: dict[str, Any] = {}
    for named in (labels, own):
        kept = (pair for pair in named.items() if pair[0] not in _OURS)
        add_all(metadata, kept)
    return {
        "timestamp": line.timestamp,
        "level": _first(_LEVEL, own, labels),
        "service": _first(_SERVICE, labels, own),
        "message": line.message,
        "metadata": metadata,
    }


def _first(names: tuple[str, ...], *holders: Mapping[str, Any]) -> Any:
    """The first value by name; of one name, that of the first holder."""
    return next(
        (held[name] for held in holders for name in names if held.get(name)), None
    )


def _from_message(stream: Any) -> _Stream:
    return _Stream(_labels_of(stream.labels), map(_line_of_message, stream.entries))


def _labels_of(text: str) -> Mapping[str, str] | BadEntry:
    try:
        return read_labels(text)
    except BadEntry as error:
        return error


def _line_of_message(entry: Any) -> _Line:
    pairs = ((pair.name, pair.value) for pair in entry.structuredMetadata)
    if not entry.HasField("timestamp"):
        return _Line(None, entry.line, pairs)
    at = entry.timestamp.seconds * _NANOSECONDS + entry.timestamp.nanos
    return _Line(nanoseconds_text(at), entry.line, pairs)


def _from_object(stream: dict[str, Any]) -> _Stream:
    labels, values = stream.get("stream", {}), stream.get("values", [])
    if not isinstance(labels, dict) or not isinstance(values, list):
        raise _unreadable("A stream has an object `stream` and a list `values`.")
    return _Stream(labels, map(_line_of_value, values))


def _line_of_value(value: Any) -> _Line | BadEntry:
    """`["1772366398000000000", "the line", {"structured": "metadata"}]`."""
    if not isinstance(value, list) or len(value) not in (2, 3):
        return BadEntry(
            "bad_value", "A value is a list: time, line, and maybe metadata."
        )
    structured = value[2] if len(value) == 3 else {}
    if not isinstance(structured, dict):
        return BadEntry("bad_value", "The third part of a value is an object.")
    return _Line(_json_time(value[0]), value[1], structured.items())


def _json_time(value: Any) -> Any:
    """Digits are nanoseconds, however few; other notations are read as anywhere."""
    text = str(value) if isinstance(value, int | str) else ""
    if len(text) <= _MAX_DIGITS and text.isascii() and text.isdigit():
        return nanoseconds_text(int(text))
    return value


def _unreadable(reason: str) -> Unreadable:
    return Unreadable("unreadable_body", reason, _HINT)
