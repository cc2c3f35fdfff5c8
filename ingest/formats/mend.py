"""One entry as sent -> its canonical form, or the reason why it can never be stored.

A canonical entry is handed on byte for byte. Anything else that can be understood is
rewritten once, and what had to be changed is marked under `metadata._logsite`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from ingest.entry import (
    LEVELS,
    MAX_ENTRY_BYTES,
    MAX_SERVICE_LENGTH,
    Level,
    LogEntry,
)
from ingest.errors import BadEntry
from ingest.formats.canonical import AwareTime, canonical_entry, has_canonical_types
from ingest.formats.clean import free_name
from ingest.formats.jsontext import read_json
from ingest.formats.levels import read_level
from ingest.formats.marks import Marks, as_text
from ingest.formats.times import is_storable, read_time

_FIELDS: Final = frozenset({"timestamp", "level", "service", "message", "metadata"})


def canonical(
    value: bytes, default_service: str, now: datetime, *, from_sender: bool = False
) -> tuple[LogEntry, bytes]:
    """The entry and its canonical bytes: the same object if nothing had to change.

    `from_sender`: marks in the value are the sender's own words, not ours.
    """
    if entry := canonical_entry(value):
        return entry, value
    return _mended(value, default_service, now, from_sender)


def from_fields(
    fields: dict[str, Any],
    default_service: str,
    now: datetime,
    mended: Iterable[str] = (),
) -> tuple[LogEntry, bytes]:
    """The same for an entry that did not come as JSON: a dict of the same names.

    Its values are what `read_json` may give: finite numbers, strings, None, lists and
    dicts. A field that is absent or None is one that the sender did not send.
    `mended`: what the reader of the format had to guess.
    """
    marks = Marks()
    for name in mended:
        marks.mend(name)
    entry, timestamp = _entry(fields, marks, default_service, now, from_sender=True)
    return entry, _encoded(entry, timestamp)


def _mended(
    value: bytes, default_service: str, now: datetime, from_sender: bool
) -> tuple[LogEntry, bytes]:
    _check_size(value)
    marks = Marks()
    sent = _read(value, marks)
    entry, timestamp = _entry(sent, marks, default_service, now, from_sender)
    if not marks.changed and has_canonical_types(value):
        return entry, value
    return entry, _encoded(entry, timestamp)


def _entry(
    sent: dict[str, Any],
    marks: Marks,
    default_service: str,
    now: datetime,
    from_sender: bool,
) -> tuple[LogEntry, str]:
    """The entry, and how its time is written."""
    message = _message(sent, marks)
    at, timestamp = _timestamp(sent, marks, now)
    level = _level(sent, marks)
    service = _service(sent, marks, default_service)
    metadata = marks.clean(_metadata(sent, marks), from_sender)
    return LogEntry(at, level, service, message, metadata), timestamp


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
