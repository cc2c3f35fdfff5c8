"""Protobuf bodies -> messages of a published schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final, TypeVar

from google.protobuf.message import DecodeError, Message

from ingest.errors import Unreadable

M = TypeVar("M", bound=Message)

# 16 MB of messages that hold nothing become 1 GB: one such body at a time.
LARGE_BYTES: Final = 1024 * 1024
_one_large: Final = Lock()


@contextmanager
def decoded(kind: type[M], body: bytes) -> Iterator[M]:
    """The message; raises Unreadable for bytes that are none of its kind."""
    if len(body) <= LARGE_BYTES:
        yield _decode(kind, body)
        return
    with _one_large:
        yield _decode(kind, body)


def _decode(kind: type[M], body: bytes) -> M:
    try:
        return kind.FromString(body)
    except DecodeError as error:
        hint = "Is it cut off, compressed twice, or JSON?"
        message = f"The body is no {kind.DESCRIPTOR.full_name}: {_reason(error)}."
        raise Unreadable("unreadable_body", message, hint) from None


def _reason(error: DecodeError) -> str:
    """What the parser says, without the type's name that we say ourselves."""
    return str(error).rpartition("': ")[2].strip().rstrip(".") or "it cannot be parsed"
