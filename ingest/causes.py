"""What dead letters have in common: stage, code, gist of the reason, service."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

MAX_GIST: Final = 200  # characters
MAX_SERVICE: Final = 100
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_UUID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.I)
_HEX: Final = re.compile(r"\b(?=\w*\d)(?:0x)?[0-9a-f]{6,}\b", re.I)
_NUMBER: Final = re.compile(r"\d[\d,.]*")


class Cause(NamedTuple):
    """`name` is the same for all letters of one cause, and for no others."""

    name: str
    gist: str
    service: str


class _Sent(msgspec.Struct):
    service: Any = ""


_SENT: Final = msgspec.json.Decoder(_Sent)


def gist(reason: str) -> str:
    """A reason without what differs from letter to letter: values, numbers, ids."""
    for pattern, sign in ((_QUOTED, "…"), (_UUID, "#"), (_HEX, "#"), (_NUMBER, "#")):
        reason = pattern.sub(sign, reason)
    return reason[:MAX_GIST]


def service_of(value: bytes | None, key: bytes | None) -> str:
    """Who sent a letter: its own word, else its source's key; empty if neither says."""
    named = _service_in(value or b"")
    if not named and key and b"/" in key:
        named = gist(key.partition(b"/")[0].decode(errors="replace"))
    return named[:MAX_SERVICE]


def _service_in(value: bytes) -> str:
    try:
        service = _SENT.decode(value).service
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return service if isinstance(service, str) else ""


def cause_of(letter: Mapping[str, Any]) -> Cause:
    """The cause of a dead letter."""
    said, service = (
        gist(letter["message"]),
        service_of(letter["value"], letter["key"]),
    )
    digest = hashlib.blake2b(digest_size=8)
    for part in (letter["stage"], letter["code"], said, service):
        encoded = part.encode(errors="replace")
        digest.update(len(encoded).to_bytes(4, "big") + encoded)
    return Cause(digest.hexdigest(), said, service)
