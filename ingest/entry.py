"""The shapes that every stage hands on, and the limits that hold for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

MAX_BODY_BYTES: Final = 16 * 1024 * 1024  # one request, after decompression
MAX_ENTRY_BYTES: Final = 256 * 1024  # one entry as JSON
MAX_DEPTH: Final = 32  # nesting of objects and arrays in one entry
MAX_FIELDS: Final = 1_000  # keys in one entry, at all depths
MAX_SERVICE_LENGTH: Final = 200  # characters; longer names are cut and marked
UNKNOWN_SERVICE: Final = "unknown"
MARKS: Final = "_logsite"  # metadata key under which mended fields are marked


class Level(StrEnum):
    """Severity, lowest first."""

    TRACE = "TRACE"
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"
    FATAL = "FATAL"


LEVELS: Final = tuple(level.value for level in Level)  # lowest severity first
ERROR_LEVELS: Final = (Level.ERROR.value, Level.FATAL.value)  # what counts as an error


class LogEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One log line with its fields, in canonical form.

    `timestamp` is the sender's event time, aware and in UTC; `level` is one of
    LEVELS; metadata holds what MongoDB can store (see formats.mend).
    """

    timestamp: datetime
    level: str
    service: str
    message: str
    metadata: dict[str, Any] = {}


def source_of(entry: LogEntry, token_id: str) -> str:
    """The Kafka key of an entry: service and instance, so a source stays in order."""
    return f"{entry.service}/{instance_of(entry.metadata) or token_id}"


def instance_of(metadata: Mapping[str, Any]) -> Any:
    """Which of a service's instances says of itself that it wrote this, if it does."""
    return metadata.get("instance") or metadata.get("host") or metadata.get("pod")


def request_hash(secret: bytes, token_id: str, key: str, body: bytes) -> bytes:
    """12 bytes that name one request: same token, key and decompressed body."""
    digest = hashlib.blake2b(digest_size=12, key=secret[:64])
    for part in (token_id.encode(), key.encode()):
        digest.update(len(part).to_bytes(4, "big") + part)
    digest.update(body)
    return digest.digest()
