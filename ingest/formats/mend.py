"""One entry as sent -> its canonical form, or the reason why it can never be stored.

A canonical entry is handed on byte for byte. Anything else that can be understood is
rewritten once, and what had to be changed is marked under `metadata._logsite`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from ingest.entry import (
    LEVELS,
    MAX_ENTRY_BYTES,
    MAX_FIELDS,
    MAX_SERVICE_LENGTH,
    Level,
    LogEntry,
)
from ingest.errors import BadEntry
from ingest.formats.clean import free_name, is_clean
from ingest.formats.jsontext import INT64_MAX, INT64_MIN, read_json
from ingest.formats.levels import read_level
from ingest.formats.marks import Marks, as_text
from ingest.formats.times import is_storable, read_time

_FIELDS: Final = frozenset({"timestamp", "level", "service", "message", "metadata"})

Int64 = Annotated[int, msgspec.Meta(ge=INT64_MIN, le=INT64_MAX)]
AwareTime = Annotated[datetime, msgspec.Meta(tz=True)]
MetadataValue = str | Int64 | float | bool | None | list[Any] | dict[str, Any]


class CanonicalEntry(LogEntry, frozen=True, forbid_unknown_fields=True, gc=False):
    """The JSON of a canonical entry, as far as types can say it."""

    timestamp: AwareTime
    level: Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
    service: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SERVICE_LENGTH)]
    message: Annotated[str, msgspec.Meta(min_length=1)]
    metadata: dict[str, MetadataValue] = {}


CANONICAL: Final = msgspec.json.Decoder(CanonicalEntry)
# What msgspec raises for bytes that are not what they should be.
DECODE_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def canonical(
    value: bytes, default_service: str, now: datetime, *, from_sender: bool = False
) -> tuple[LogEntry, bytes]:
    """The entry and its canonical bytes: the same object if nothing had to change.

    `from_sender`: marks in the value are the sender's own words, not ours.
    """
    if entry := _as_it_is(value):
        return entry, value
    return _mended(value, default_service, now, from_sender)


def passes(entry: CanonicalEntry, value: bytes) -> bool:
    """What the types cannot say: whether the value is canonical in every other way."""
    return (
        len(value) <= MAX_ENTRY_BYTES
        # Every key has a colon: few colons, few fields.
        and (len(value) < 4 * MAX_FIELDS or value.count(b":") <= MAX_FIELDS)
        and is_storable(entry.timestamp)
        and is_clean(entry.metadata)
    )


def _as_it_is(value: bytes) -> LogEntry | None:
    try:
        entry = CANONICAL.decode(value)
    except DECODE_ERRORS:
        return None
    return _plain(entry) if passes(entry, value) else None


def _plain(entry: CanonicalEntry) -> LogEntry:
    at = entry.timestamp.astimezone(UTC)
    return LogEntry(at, entry.level, entry.service, entry.message, entry.metadata)


def _mended(
    value: bytes, default_service: str, now: datetime, from_sender: bool
) -> tuple[LogEntry, bytes]:
    _check_size(value)
    marks = Marks()
    sent = _read(value, marks)
    message = _message(sent, marks)
    at, timestamp = _timestamp(sent, marks, now)
    level = _level(sent, marks)
    service = _service(sent, marks, default_service)
    metadata = marks.clean(_metadata(sent, marks), from_sender)
    entry = LogEntry(at, level, service, message, metadata)
    if not marks.changed and _types_fit(value):
        return entry, value
    return entry, _encoded(entry, timestamp)


def _read(value: bytes, marks: Marks) -> dict[str, Any]:
    sent, surrogates = read_json(value)
    if not isinstance(sent, dict):
        message = "An entry is a JSON object with at least a message."
        raise BadEntry("not_an_object", message)
    if surrogates:
        marks.mend("surrogates")
    return sent


def _message(sent: dict[str, Any], marks: Marks) -> str:
    message = sent.get("message")
    if message is None or message == "":
        raise BadEntry("no_message", "An entry needs a message that is not empty.")
    if type(message) is str:
        return message
    marks.mend("message")
    return as_text(message)


def _timestamp(
    sent: dict[str, Any], marks: Marks, now: datetime
) -> tuple[datetime, str]:
    """The time, and how it is written: as it was sent where that is canonical."""
    value = sent.get("timestamp")
    if isinstance(value, str) and (at := _from_rfc3339(value)):
        return at, value
    marks.changed = True
    if value is None:
        return now, _rfc3339(now)
    read = read_time(value, now)
    for what in ("timestamp",) if read is None else read.assumed:
        marks.mend(what)
        marks.keep("timestamp", value)
    at = now if read is None else read.at
    return at, _rfc3339(at)


def _rfc3339(at: datetime) -> str:
    return str(msgspec.to_builtins(at.astimezone(UTC)))


def _from_rfc3339(text: str) -> datetime | None:
    try:
        at: datetime = msgspec.convert(text, AwareTime)
    except msgspec.ValidationError:
        return None
    return at.astimezone(UTC) if is_storable(at) else None


def _level(sent: dict[str, Any], marks: Marks) -> str:
    value = sent.get("level")
    if type(value) is str and value in LEVELS:
        return value
    marks.changed = True
    if value is None:
        return Level.INFO.value
    level = read_level(value)
    if level is None:
        marks.mend("level")
    marks.keep("level", value)
    return (level or Level.INFO).value


def _service(sent: dict[str, Any], marks: Marks, default_service: str) -> str:
    value = sent.get("service")
    if type(value) is str and 0 < len(value) <= MAX_SERVICE_LENGTH:
        return value
    marks.changed = True
    if value is None or value == "":
        return default_service
    marks.mend("service")
    marks.keep("service", value)
    return as_text(value)[:MAX_SERVICE_LENGTH]


def _metadata(sent: dict[str, Any], marks: Marks) -> dict[str, Any]:
    """Metadata with the fields that an entry does not have moved into it."""
    value = sent.get("metadata", {})
    if isinstance(value, dict):
        metadata = dict(value)
    else:
        marks.mend("metadata")
        metadata = {} if value is None else {"value": value}
    if moved := [name for name in sent if name not in _FIELDS]:
        for name in moved:
            metadata[free_name(name, metadata)] = sent[name]
        marks.name("fields", moved)
    return metadata


def _types_fit(value: bytes) -> bool:
    """False for what only looks canonical: a key sent twice, once of a wrong type."""
    try:
        CANONICAL.decode(value)
    except DECODE_ERRORS:
        return False
    return True


def _encoded(entry: LogEntry, timestamp: str) -> bytes:
    fields: dict[str, Any] = {
        "timestamp": timestamp,
        "level": entry.level,
        "service": entry.service,
        "message": entry.message,
    }
    if entry.metadata:
        fields["metadata"] = entry.metadata
    encoded = msgspec.json.encode(fields)
    _check_size(encoded)
    return encoded


def _check_size(value: bytes) -> None:
    if len(value) > MAX_ENTRY_BYTES:
        message = f"{len(value):,} bytes; at most {MAX_ENTRY_BYTES:,} are taken."
        raise BadEntry("too_large", message)
