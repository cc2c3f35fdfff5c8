"""Kafka messages to what the fold takes: an entry, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, Final, cast

from ingest.entry import UNKNOWN_SERVICE, LogEntry
from ingest.errors import BadEntry
from ingest.fold.block import to_datetime
from ingest.fold.divergence import Found
from ingest.fold.duplicates import HEADER_BYTES
from ingest.fold.message import Message, Piece, Raw, Run, each
from ingest.formats.canonical import canonical_entries, canonical_entry
from ingest.formats.mend import canonical
from ingest.kafka.consumer import KafkaMessage

REQUEST_HEADER: Final = "request"
APPEND_TIME: Final = 2  # the broker stamped it; 1 = whoever sent it did
TOGETHER: Final = 128  # messages that are decoded in one go, if all are plain
LATEST_MS: Final = 253_402_300_799_999  # of the year 9999


Verdicts = Mapping[int, BadEntry]
NO_VERDICTS: Final[Verdicts] = {}


def decode(
    messages: Sequence[KafkaMessage], verdicts: Verdicts = NO_VERDICTS
) -> list[Message]:
    """Every message of one partition by itself."""
    return list(each(decode_runs(messages, verdicts)))


def decode_runs(
    messages: Sequence[KafkaMessage], verdicts: Verdicts = NO_VERDICTS
) -> list[Piece]:
    """What a partition's messages hold, in as few pieces as there can be.

    Messages at the offsets of `verdicts` were judged already: they cannot be stored,
    however readable they are.
    """
    pieces: list[Piece] = []
    for start in range(0, len(messages), TOGETHER):
        some = messages[start : start + TOGETHER]
        contents = _contents(some)
        run = _run_of(some, contents, verdicts)
        last = pieces[-1] if pieces else None
        if run is None:
            pieces += map(_message, some, contents, repeat(verdicts))
        elif isinstance(last, Run) and last.goes_on_with(run):
            last.extend(run)
        else:
            pieces.append(run)
    return pieces


def _contents(messages: Sequence[KafkaMessage]) -> list[LogEntry | BadEntry]:
    values = [message.value() or b"" for message in messages]
    if entries := canonical_entries(values):
        return list(entries)
    stamps = [message.timestamp()[1] for message in messages]
    return list(map(_content, values, stamps))


def _run_of(
    messages: Sequence[KafkaMessage],
    contents: list[LogEntry | BadEntry],
    verdicts: Verdicts,
) -> Run | None:
    """The messages as a run, if they are one."""
    first, epoch = messages[0].offset(), _epoch(messages[0])
    offsets = range(first, first + len(messages))
    if [message.offset() for message in messages] != list(offsets):
        return None
    if epoch != _epoch(messages[-1]) or not verdicts.keys().isdisjoint(offsets):
        return None
    if BadEntry in {*map(type, contents)} or any([m.headers() for m in messages]):
        return None
    kinds, received = zip(*[m.timestamp() for m in messages], strict=True)
    if {*kinds} != {APPEND_TIME} or min(received) < 0:
        return None
    values = [message.value() or b"" for message in messages]
    entries = cast(list[LogEntry], contents)
    return Run(first, epoch, list(received), values, entries)


def _message(
    message: KafkaMessage, found: LogEntry | BadEntry, verdicts: Verdicts
) -> Message:
    offset = message.offset()
    kind, stamp = message.timestamp()
    content = verdicts.get(offset, found)
    return Message(
        offset,
        stamp if kind == APPEND_TIME else -1,
        _epoch(message),
        message.value() or b"",
        request_of(message.headers() or ()),
        content,
        raw=_raw(message) if isinstance(content, BadEntry) else None,
    )


def _epoch(message: KafkaMessage) -> int:
    return message.leader_epoch() or 0


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
    (message,) = decode([raw])
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
