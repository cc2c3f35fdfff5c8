"""Kafka messages to what the fold takes: an entry, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ingest.entry import UNKNOWN_SERVICE, LogEntry
from ingest.errors import BadEntry
from ingest.fold.block import to_datetime
from ingest.fold.divergence import Found
from ingest.fold.duplicates import HEADER_BYTES
from ingest.fold.state import Message, Raw
from ingest.formats.canonical import canonical_entries, canonical_entry
from ingest.formats.mend import canonical
from ingest.kafka.consumer import KafkaMessage

REQUEST_HEADER: Final = "request"
APPEND_TIME: Final = 2  # the broker stamped it; 1 = whoever sent it did
TOGETHER: Final = 64  # messages that are decoded in one go, if all are plain
LATEST_MS: Final = 253_402_300_799_999  # of the year 9999


Verdicts = Mapping[int, BadEntry]
NO_VERDICTS: Final[Verdicts] = {}


def decode(
    messages: Sequence[KafkaMessage], verdicts: Verdicts = NO_VERDICTS
) -> list[Message]:
    """Decode a run of one partition.

    Messages at the offsets of `verdicts` were judged already: they cannot be stored,
    however readable they are.
    """
    decoded: list[Message] = []
    for start in range(0, len(messages), TOGETHER):
        decoded += _decode_some(messages[start : start + TOGETHER])
    if verdicts:
        for place, message in enumerate(messages):
            if bad := verdicts.get(message.offset()):
                decoded[place].content, decoded[place].raw = bad, _raw(message)
    return decoded


def _decode_some(messages: Sequence[KafkaMessage]) -> Iterator[Message]:
    values = [message.value() or b"" for message in messages]
    entries = canonical_entries(values)
    for place, (message, value) in enumerate(zip(messages, values, strict=True)):
        kind, stamp = message.timestamp()
        headers = message.headers()
        content = entries[place] if entries else _content(value, stamp)
        yield Message(
            message.offset(),
            stamp if kind == APPEND_TIME else -1,
            message.leader_epoch() or 0,
            value,
            request_of(headers) if headers else None,
            content,
            raw=_raw(message) if isinstance(content, BadEntry) else None,
        )


def _content(value: bytes, stamp: int) -> LogEntry | BadEntry:
    if entry := canonical_entry(value):
        return entry
    try:
        # Not from our edge. The stamp stands in for now, so that every reading gives
        # the same entry.
        now = to_datetime(min(max(0, stamp), LATEST_MS))
        return canonical(value, UNKNOWN_SERVICE, now)[0]
    except BadEntry as bad:
        return bad


def found_in(raw: KafkaMessage) -> Found:
    """What Kafka holds at an offset, to be compared with what was noted of it."""
    message = decode([raw])[0]
    content = message.content
    text = content.message if isinstance(content, LogEntry) else None
    return Found(message.received, text, message.checksum, message.epoch)


def request_of(headers: Iterable[tuple[str, Any]]) -> bytes | None:
    """The header `request`; one that is malformed or repeated counts as absent."""
    found = [value for name, value in headers if name == REQUEST_HEADER]
    if len(found) != 1 or found[0] is None or len(found[0]) != HEADER_BYTES:
        return None
    return bytes(found[0])


def _raw(message: KafkaMessage) -> Raw:
    headers = [[name, value] for name, value in message.headers() or ()]
    return Raw(message.key(), message.value() or b"", headers)
