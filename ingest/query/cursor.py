"""The cursor between two pages: where the search stands, and what it may see.

Opaque to those who carry it. A checksum tells a damaged one from a real one; it
protects nothing, as a cursor gives nothing that a search would not.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Annotated, Final, NoReturn

import msgspec

from ingest.errors import QueryError
from ingest.fold.block import to_datetime, to_ms
from ingest.query.filter import LogFilter
from ingest.query.page import Matched, Place

CHECKSUM_BYTES: Final = 8
MAX_CURSOR_LENGTH: Final = 64 * 1024  # characters
MAX_PACKED_BYTES: Final = 1024 * 1024  # decompressed

_Log = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
_Id = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
_Offset = Annotated[int, msgspec.Meta(ge=-1, le=2**63 - 1)]  # -1: nothing stored yet
_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Packed(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    asked: bytes  # names the search that the cursor belongs to
    start_ms: int | None
    end_ms: int | None
    place_ms: int
    place_id: _Id
    complete_to_ms: int | None
    count: _Count
    exact: bool
    shown: _Count
    offsets: dict[_Log, _Offset]
    jumped: bool = False


@dataclass(frozen=True)
class Cursor:
    """All that the next page needs to go on where this one ends."""

    start: datetime | None  # the range stays the one of the first page
    end: datetime | None
    place: Place
    complete_to: datetime | None
    matched: Matched
    shown: int  # entries on this page and those before
    offsets: Mapping[bytes, int]
    jumped: bool = False  # matches newer than the first page were left out


def encode(cursor: Cursor, log_filter: LogFilter) -> str:
    packed = _Packed(
        asked=_name_of(log_filter),
        start_ms=_ms(cursor.start),
        end_ms=_ms(cursor.end),
        place_ms=to_ms(cursor.place.timestamp),
        place_id=cursor.place.id,
        complete_to_ms=_ms(cursor.complete_to),
        count=cursor.matched.count,
        exact=cursor.matched.exact,
        shown=cursor.shown,
        offsets=dict(cursor.offsets),
        jumped=cursor.jumped,
    )
    content = zlib.compress(msgspec.msgpack.encode(packed))
    return base64.urlsafe_b64encode(_checksum(content) + content).decode().rstrip("=")


def decode(text: str, log_filter: LogFilter) -> Cursor:
    """The cursor that `encode` made for the same text, services and levels."""
    packed = _unpack(text)
    if packed.asked != _name_of(log_filter):
        raise QueryError(
            "cursor_of_another_search",
            "This cursor belongs to another search.",
            "Send it with the `q`, `service` and `level` of the page it came with.",
        )
    try:
        return Cursor(
            start=_time(packed.start_ms),
            end=_time(packed.end_ms),
            place=Place(to_datetime(packed.place_ms), packed.place_id),
            complete_to=_time(packed.complete_to_ms),
            matched=Matched(packed.count, packed.exact),
            shown=packed.shown,
            offsets=packed.offsets,
            jumped=packed.jumped,
        )
    except OverflowError:
        _refuse()


def _unpack(text: str) -> _Packed:
    if len(text) > MAX_CURSOR_LENGTH or not text.isascii():
        _refuse()
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        checksum, content = raw[:CHECKSUM_BYTES], raw[CHECKSUM_BYTES:]
        if checksum != _checksum(content):
            _refuse()
        packed = zlib.decompressobj().decompress(content, MAX_PACKED_BYTES)
        return msgspec.msgpack.decode(packed, type=_Packed)
    except (binascii.Error, zlib.error, msgspec.MsgspecError):
        _refuse()


def _refuse() -> NoReturn:
    raise QueryError(
        "bad_cursor",
        "This cursor cannot be read.",
        "Use `next` of the page before, whole and unchanged, or begin without one.",
    ) from None


def _checksum(content: bytes) -> bytes:
    return blake2b(content, digest_size=CHECKSUM_BYTES, person=b"cursor").digest()


def _name_of(log_filter: LogFilter) -> bytes:
    between = log_filter.between
    asked = (
        *(log_filter.text, log_filter.services, log_filter.levels),
        *(between.after, between.upto),
    )
    return blake2b(msgspec.msgpack.encode(asked), digest_size=8).digest()


def _ms(time: datetime | None) -> int | None:
    return None if time is None else to_ms(time)


def _time(ms: int | None) -> datetime | None:
    return None if ms is None else to_datetime(ms)
