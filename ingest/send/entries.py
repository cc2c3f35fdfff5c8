"""Entries as the sender posts them: the JSON of one line, or of joined lines."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from ingest.entry import MARKS
from ingest.formats.joining import Joined
from ingest.formats.jsonlog import read_json_line
from ingest.formats.levels import read_level

_ENCODER: Final = msgspec.json.Encoder()


def of_text(joined: Joined, service: str | None) -> bytes:
    """The JSON of an entry that was read from text.

    A line without a time is sent without one, so the same line is always the same
    bytes, and the receiving side adds the time of receipt.
    """
    head = joined.head
    marks: dict[str, Any] = {}
    entry: dict[str, Any] = {}
    if head.time is not None:
        entry["timestamp"] = head.time.at
        _mark_time(marks, head.time.at, head.time.assumed, head.time_text)
    if head.level is not None:
        entry["level"] = _level(marks, head.level)
    if service:
        entry["service"] = service
    entry["message"] = joined.message
    if metadata := _with_marks(head.fields, marks):
        entry["metadata"] = metadata
    return _ENCODER.encode(entry)


def of_json(line: bytes, service: str | None) -> bytes | None:
    """The JSON of an entry that was a line of JSON; None if the line is none."""
    entry = read_json_line(line)
    if entry is None:
        return None
    if service and "service" not in entry:
        entry["service"] = service
    return _ENCODER.encode(entry)


def _mark_time(
    marks: dict[str, Any], at: datetime, assumed: tuple[str, ...], text: str
) -> None:
    if assumed:
        marks["mended"] = list(assumed)
        marks["timestamp"] = text


def _level(marks: dict[str, Any], spelled: str | int) -> str:
    level = read_level(spelled)
    if level is None:  # the receiving side marks what nobody knows
        return str(spelled)
    if isinstance(spelled, str) and spelled != level:
        marks["level"] = spelled
    return level.value


def _with_marks(fields: dict[str, Any], marks: dict[str, Any]) -> dict[str, Any]:
    """Marks in the words of the edge, which keeps them as what the sender said."""
    return {**fields, MARKS: marks} if marks else fields
