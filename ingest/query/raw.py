"""Entries as the bytes that MongoDB sends: cut apart, read only as far as needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Any, Final, NamedTuple

from bson import decode

_int32 = Struct("<i")
_int64 = Struct("<q")
_length_of = _int32.unpack_from
_BATCH: Final = re.compile(rb"\x04(?:first|next)Batch\0", re.ASCII)
# The beginning of an entry as it is stored. Lengths are compared afterwards.
_HEAD: Final = re.compile(
    rb".{4}\x05_id\0\x10\0\0\0\0.{16}\x09timestamp\0(.{8})\x09received\0.{8}"
    rb"\x02level\0(.{4})([^\0]*)\0\x02service\0(.{4})([^\0]*)\0\x02message\0(.{4})",
    re.DOTALL,
)


class Head(NamedTuple):
    """What an entry begins with."""

    time_ms: int
    level: str
    service: str
    message: str


def split_cursor(cursor: bytes) -> tuple[bytes, dict[str, Any]]:
    """The array of documents in the `cursor` of a reply; and what else is in there."""
    name = _BATCH.match(cursor, _int32.size)
    if name is None:
        raise ValueError("a cursor begins with its batch")
    start = name.end()
    end = start + _length_of(cursor, start)[0]
    rest = cursor[end:]
    return cursor[start:end], decode(_int32.pack(_int32.size + len(rest)) + rest)


def documents_with(batch: bytes, words: Sequence[bytes]) -> Iterator[bytes]:
    """Of a BSON array of documents those that hold all words, but for case."""
    folded = batch.lower()
    last = len(batch) - 1  # a zero ends the array
    start = end = _int32.size
    number, digits, longer = 0, 1, 10
    hit = folded.find(words[0], end, last)
    while hit >= 0:
        while end <= hit:
            # Before each document: its type, and its number as text with a zero behind.
            if number == longer:
                digits, longer = digits + 1, 10 * longer
            start = end + digits + 2
            end = start + _length_of(batch, start)[0]
            number += 1
        if all(folded.find(word, start, end) >= 0 for word in words[1:]):
            yield batch[start:end]
        hit = folded.find(words[0], end, last)


def head_of(document: bytes) -> Head | None:
    """None if the entry is laid out in another way, or a name holds a zero.

    The lengths prove that names end where they seem to.
    """
    found = _HEAD.match(document)
    if found is None:
        return None
    time, level_size, level, service_size, service, message_size = found.groups()
    if (
        _length_of(level_size)[0] != len(level) + 1
        or _length_of(service_size)[0] != len(service) + 1
    ):
        return None
    start = found.end()
    message = document[start : start + _length_of(message_size)[0] - 1]
    texts = level.decode(), service.decode(), message.decode()
    return Head(_int64.unpack(time)[0], *texts)
