"""What a canonical entry is, decided fast: whole batches in one go if they are flat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from ingest.entry import MAX_ENTRY_BYTES, MAX_FIELDS, MAX_SERVICE_LENGTH, LogEntry
from ingest.formats.clean import are_clean_keys, is_clean
from ingest.formats.jsontext import INT64_MAX, INT64_MIN
from ingest.formats.times import is_storable

AwareTime = Annotated[datetime, msgspec.Meta(tz=True)]
Int64 = Annotated[int, msgspec.Meta(ge=INT64_MIN, le=INT64_MAX)]
Scalar = str | Int64 | float | bool | None


class FlatEntry(LogEntry, frozen=True, forbid_unknown_fields=True, gc=False):
    """A canonical entry whose metadata nests nothing, as far as types can say it."""

    timestamp: AwareTime
    level: Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
    service: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SERVICE_LENGTH)]
    message: Annotated[str, msgspec.Meta(min_length=1)]
    metadata: dict[str, Scalar] = {}


class CanonicalEntry(FlatEntry, frozen=True, forbid_unknown_fields=True, gc=False):
    """Any canonical entry, as far as types can say it."""

    metadata: dict[str, Scalar | list[Any] | dict[str, Any]] = {}  # type: ignore[assignment]


# What msgspec raises for bytes that are not what they should be.
DECODE_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_ENTRY: Final = msgspec.json.Decoder(CanonicalEntry)
_FLAT: Final = msgspec.json.Decoder(FlatEntry)
_FLAT_ARRAY: Final = msgspec.json.Decoder(list[FlatEntry])
# Every key has a colon and is at least four bytes long: few of these, few fields.
_FEW_FIELDS_BYTES: Final = 4 * MAX_FIELDS


def canonical_entry(value: bytes) -> LogEntry | None:
    """The entry, if its bytes are canonical as they are."""
    try:
        entry = _ENTRY.decode(value)
    except DECODE_ERRORS:
        return None
    if not (_is_small(value) and is_storable(entry.timestamp)):
        return None
    if not is_clean(entry.metadata):
        return None
    return _in_utc(entry)


def _in_utc(entry: LogEntry) -> LogEntry:
    at = entry.timestamp.astimezone(UTC)
    return LogEntry(at, entry.level, entry.service, entry.message, entry.metadata)


def canonical_entries(values: Sequence[bytes]) -> Sequence[LogEntry] | None:
    """The entries of many values, decoded in one go: a third of the time each takes.

    None unless every value is surely what `canonical_entry` takes, and flat.
    """
    lines = b"\n".join(values)
    if lines.count(b"\n") != len(values) - 1:
        return None
    entries = flat_lines(lines)
    if not entries or not all_canonical(entries, values):
        return None
    return [
        entry if entry.timestamp.tzinfo is UTC else _in_utc(entry) for entry in entries
    ]


def has_canonical_types(value: bytes) -> bool:
    """False for what only looks canonical: a key sent twice, once of a wrong type."""
    try:
        _ENTRY.decode(value)
    except DECODE_ERRORS:
        return False
    return True


def flat_lines(lines: bytes) -> list[FlatEntry] | None:
    """The entries of lines, one after the other; None if one is not flat."""
    try:
        return _FLAT.decode_lines(lines)
    except DECODE_ERRORS:
        return None


def flat_array(array: bytes) -> list[FlatEntry] | None:
    """The entries of an array; None if one is not flat."""
    try:
        return _FLAT_ARRAY.decode(array)
    except DECODE_ERRORS:
        return None


def all_canonical(entries: Sequence[FlatEntry], values: Sequence[bytes]) -> bool:
    """Whether flat entries are canonical in what their types cannot say."""
    if len(entries) != len(values) or not _are_small(values):
        return False
    keys = set[str]().union(*[entry.metadata for entry in entries])
    years = [entry.timestamp.year for entry in entries]
    return are_clean_keys(keys) and min(years) > 1 and max(years) < 9999


def _are_small(values: Sequence[bytes]) -> bool:
    longest = max(map(len, values))
    return longest <= _FEW_FIELDS_BYTES or all(map(_is_small, values))


def _is_small(value: bytes) -> bool:
    """In bytes and, surely, in fields."""
    if len(value) <= _FEW_FIELDS_BYTES:
        return True
    return len(value) <= MAX_ENTRY_BYTES and value.count(b":") <= MAX_FIELDS
