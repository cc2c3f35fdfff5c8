"""Bodies: how long they may be, how fast they must come, how they may be packed."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, Protocol

import zstandard
from cramjam import DecompressionError, snappy

from ingest.entry import MAX_BODY_BYTES
from ingest.errors import (
    Refused,
    TooBusy,
    TooLarge,
    TooSlow,
    Unreadable,
    UnsupportedMedia,
)

MAX_HELD_BYTES: Final = 256 * 1024 * 1024  # of bodies that are under way
IDLE_S: Final = 15.0  # between two parts of a body
BODY_S: Final = 60.0  # for all of it
MAX_FRAMES: Final = 10_000  # gzip members or zstd frames in one body
_SLICE: Final = 1024  # a KB of zstd can unpack to 32 MB, so no more is fed at once
_GZIP: Final = 31  # zlib's word for "gzip header and trailer"

JSON_TYPES: Final = frozenset(
    {
        *("application/json", "text/json", "application/x-json"),
        *("application/x-ndjson", "application/ndjson", "application/jsonl"),
        *("application/x-jsonlines", "application/jsonlines", "application/json-seq"),
        *("application/stream+json", "application/octet-stream", "text/plain"),
        # What curl and urllib say of any body when nobody tells them what it is.
        *("application/x-www-form-urlencoded", ""),
    }
)
# Of all that a door takes, what its answers advise.
SUGGESTED_TYPES: Final = frozenset(
    {"application/json", "application/x-ndjson", "application/x-protobuf"}
)
_UTF8: Final = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})

Receive = Callable[[], Awaitable[tuple[bytes, bool]]]  # a part, and whether more comes


class Room:
    """Memory for bodies, over all requests: many at once must not use up all of it."""

    def __init__(self, free: int = MAX_HELD_BYTES) -> None:
        self.free = free

    def take(self, size: int) -> None:
        self.free -= size
        if self.free < 0:
            self.free += size
            raise TooBusy("too_busy", "Too many large requests at once.")

    def give_back(self, size: int) -> None:
        self.free += size

    @contextmanager
    def held(self, body: bytes) -> Iterator[bytes]:
        """Room for what a packed body has become: small ones grow a thousandfold."""
        self.take(len(body))
        try:
            yield body
        finally:
            self.give_back(len(body))


@asynccontextmanager
async def held_body(
    receive: Receive, announced: str | None, room: Room
) -> AsyncIterator[bytes]:
    """The whole body, while there is room for it."""
    taken = 0

    async def counted() -> tuple[bytes, bool]:
        nonlocal taken
        part, more = await receive()
        room.take(len(part))
        taken += len(part)
        return part, more

    try:
        yield await read_body(counted, announced)
    finally:
        room.give_back(taken)


async def read_body(receive: Receive, announced: str | None) -> bytes:
    """The whole body; raises TooLarge as soon as it is known to be too long."""
    if announced and announced.isdigit() and int(announced) > MAX_BODY_BYTES:
        raise too_large("The body")
    loop = asyncio.get_running_loop()
    deadline = loop.time() + BODY_S
    parts: list[bytes] = []
    size, more = 0, True
    try:
        async with asyncio.timeout(IDLE_S) as patience:
            while more:
                part, more = await receive()
                parts.append(part)
                size += len(part)
                if size > MAX_BODY_BYTES:
                    raise too_large("The body")
                patience.reschedule(min(loop.time() + IDLE_S, deadline))
    except TimeoutError:
        raise too_slow() from None
    return b"".join(parts)


def check_content_type(header: str | None, known: frozenset[str] = JSON_TYPES) -> None:
    """Raises UnsupportedMedia for what is surely none of these in UTF-8."""
    kind, _, parameters = (header or "").lower().partition(";")
    if kind.strip() not in known:
        hint = f"Send {' or '.join(sorted(known & SUGGESTED_TYPES))}."
        message = f"Content-Type {kind.strip()[:100]} is not read here."
        raise UnsupportedMedia("unsupported_media_type", message, hint)
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "charset" and value.strip('"') not in _UTF8:
            message = f"Text is read as UTF-8, not {value[:100]}."
            raise UnsupportedMedia("unsupported_media_type", message)


def unpacker(header: str | None) -> Callable[[bytes], bytes] | None:
    """What undoes a Content-Encoding; None where there is nothing to undo."""
    encoding = (header or "").strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding not in _UNPACKERS:
        hint = "Send gzip, zstd or no encoding."
        message = f"Content-Encoding {encoding[:100]} is not known."
        raise UnsupportedMedia("unknown_encoding", message, hint)
    return _UNPACKERS[encoding]


def ungzip(packed: bytes) -> bytes:
    """All members of a gzip body, at most MAX_BODY_BYTES of them."""
    return _unpack("gzip", packed, lambda: zlib.decompressobj(_GZIP))


def unzstd(packed: bytes) -> bytes:
    """All frames of a zstd body, at most MAX_BODY_BYTES of them."""
    return _unpack("zstd", packed, lambda: zstandard.ZstdDecompressor().decompressobj())


def unsnappy(packed: bytes) -> bytes:
    """Snappy's block format, which says at its start how long it will be."""
    try:
        if snappy.decompress_raw_len(packed) > MAX_BODY_BYTES:
            raise too_large("The decompressed body")
        return bytes(snappy.decompress_raw(packed))
    except DecompressionError as error:
        raise _bad_packing("Snappy", str(error)) from None


class Frame(Protocol):
    """One gzip member or zstd frame while it is read."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


def _unpack(encoding: str, packed: bytes, new_frame: Callable[[], Frame]) -> bytes:
    parts: list[bytes] = []
    frame: Frame | None = None
    place = size = frames = 0
    while place < len(packed):
        if frame is None:
            frame, frames = new_frame(), frames + 1
        piece = packed[place : place + _SLICE]
        parts.append(_decompressed(encoding, frame, piece))
        size, place = size + len(parts[-1]), place + len(piece)
        if size > MAX_BODY_BYTES:
            raise too_large("The decompressed body")
        if frames > MAX_FRAMES:
            raise _too_many_frames(encoding)
        if frame.eof:
            place, frame = place - len(frame.unused_data), None
    if frame is not None:
        raise _bad_packing(encoding, "it ends too early")
    return b"".join(parts)


def _decompressed(encoding: str, frame: Frame, piece: bytes) -> bytes:
    try:
        return frame.decompress(piece)
    except (zlib.error, zstandard.ZstdError) as error:
        raise _bad_packing(encoding, str(error)) from None


_UNPACKERS: Final = {"gzip": ungzip, "x-gzip": ungzip, "zstd": unzstd}


def too_large(what: str) -> TooLarge:
    message = f"{what} is over {MAX_BODY_BYTES:,} bytes."
    return TooLarge("body_too_large", message, "Send it in several requests.")


def _too_many_frames(encoding: str) -> TooLarge:
    message = f"The body has over {MAX_FRAMES:,} {encoding} streams, one after another."
    return TooLarge("body_too_large", message, "Compress all of it in one.")


def too_slow() -> Refused:
    return TooSlow(
        "request_timeout", "The body did not come in time.", "Send it again."
    )


def _bad_packing(encoding: str, reason: str) -> Unreadable:
    return Unreadable("unreadable_body", f"The body is not whole {encoding}: {reason}.")
