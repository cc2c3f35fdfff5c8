"""Records of a spool file: length, checksum, one request; and what damage leaves."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from struct import Struct
from typing import Final
from zlib import crc32

import msgspec

from ingest.fold.duplicates import HASH_BYTES, split_header
from ingest.kafka.producer import REQUEST_HEADER, Message

_LENGTH: Final = Struct(">I")
_HEAD_BYTES: Final = 8  # length, then the checksum of length and payload


class Spooled(msgspec.Struct, frozen=True, array_like=True):
    """One request that was accepted on the word of this machine's disk."""

    at_ms: int  # Unix time at which it was spooled
    keyed: bool  # it came with an Idempotency-Key, so it may have come before
    request: bytes
    entries: list[tuple[bytes, bytes, int]]  # value, key, index in the request

    def messages(self) -> list[Message]:
        """As they are sent, each with the header that says which entry it is."""
        return [
            (value, key, {REQUEST_HEADER: self.request + index.to_bytes(4, "big")})
            for value, key, index in self.entries
        ]


def named(messages: Sequence[Message]) -> Sequence[Message]:
    """With a name, by which it is known again; a request with a key has one."""
    if _header(messages[0]) is not None:
        return messages
    entries = [(value, key, n) for n, (value, key, _) in enumerate(messages)]
    return Spooled(0, False, secrets.token_bytes(HASH_BYTES), entries).messages()


def spooled(messages: Sequence[Message], at_ms: int) -> Spooled:
    """What has to be kept of a request; without a key it gets a name of its own."""
    keyed = _header(messages[0]) is not None
    headers = [_header(message) or b"" for message in named(messages)]
    names = [split_header(header) for header in headers]
    entries = [
        (value, key, index)
        for (value, key, _), (_, index) in zip(messages, names, strict=True)
    ]
    return Spooled(at_ms, keyed, names[0][0], entries)


def _header(message: Message) -> bytes | None:
    header = (message[2] or {}).get(REQUEST_HEADER)
    return header if isinstance(header, bytes) else None


def packed(record: Spooled) -> bytes:
    payload = _encode(record)
    length = _LENGTH.pack(len(payload))
    return length + _checksum(length, payload) + payload


def unpacked(data: bytes) -> tuple[list[Spooled], int]:
    """The records before the first damage, and the byte at which that begins."""
    records: list[Spooled] = []
    place = 0
    while place < len(data):
        length = data[place : place + _LENGTH.size]
        size = _LENGTH.unpack(length)[0] if len(length) == _LENGTH.size else 0
        checksum = data[place + _LENGTH.size : place + _HEAD_BYTES]
        payload = data[place + _HEAD_BYTES : place + _HEAD_BYTES + size]
        if len(payload) < size or checksum != _checksum(length, payload):
            break
        records.append(_decode(payload))
        place += _HEAD_BYTES + size
    return records, place


def _checksum(length: bytes, payload: bytes) -> bytes:
    return _LENGTH.pack(crc32(payload, crc32(length)))


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Spooled).decode
