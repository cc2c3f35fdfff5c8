"""A line of JSON as logging libraries write it -> the fields of an entry.

Their names for time, level and message are known; everything else is metadata. Values
are handed on as they are written, so no digit of a large number is lost.
"""

from __future__ import annotations

from typing import Final

import msgspec

_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "message": ("message", "msg", "@message", "log", "event", "text", "body"),
    "timestamp": (*("timestamp", "@timestamp", "time", "ts", "datetime", "asctime"),),
    "level": ("level", "severity", "lvl", "log.level", "levelname", "loglevel"),
    "service": ("service", "service.name"),
}
# bunyan and pino number their levels so.
_NUMBERED: Final = {
    b"10": b'"TRACE"',
    b"20": b'"DEBUG"',
    b"30": b'"INFO"',
    b"40": b'"WARN"',
    b"50": b'"ERROR"',
    b"60": b'"FATAL"',
}
_LINE_END: Final = rb'\n"'
_DECODER: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])

Fields = dict[str, msgspec.Raw]


def read_json_line(line: bytes) -> dict[str, object] | None:
    """The entry that a line of JSON holds; None if it is no object with a message."""
    try:
        sent = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    entry: dict[str, object] = {}
    for field, names in _NAMES.items():
        found = next((name for name in names if name in sent), None)
        if found is not None:
            entry[field] = _value(field, sent.pop(found))
    if "message" not in entry:
        return None
    return entry | _rest(sent)


def _value(field: str, raw: msgspec.Raw) -> msgspec.Raw:
    if field == "level":
        return msgspec.Raw(_NUMBERED.get(bytes(raw), bytes(raw)))
    if field == "message" and bytes(raw).endswith(_LINE_END):  # Docker keeps it
        return msgspec.Raw(bytes(raw)[: -len(_LINE_END)] + b'"')
    return raw


def _rest(sent: Fields) -> dict[str, object]:
    """What is left, under `metadata`; beside it where metadata is not an object."""
    metadata: dict[str, msgspec.Raw] = {}
    if "metadata" in sent:
        try:
            metadata = _DECODER.decode(sent["metadata"])
        except msgspec.DecodeError:
            return dict(sent)
        del sent["metadata"]
    merged = sent | metadata  # the sender's own metadata wins over a namesake
    return {"metadata": merged} if merged else {}
