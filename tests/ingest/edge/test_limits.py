"""Bodies that are too long, too slow, badly packed or of another kind."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest
import zstandard

from ingest.edge import limits
from ingest.edge.limits import (
    Room,
    check_content_type,
    held_body,
    read_body,
    unpacker,
)
from ingest.entry import MAX_BODY_BYTES
from ingest.errors import Refused, TooBusy, TooLarge, TooSlow, UnsupportedMedia

MB = 1024 * 1024


class Upload:
    """A body that comes in parts; counts how many were asked for."""

    def __init__(self, *parts: bytes) -> None:
        self.parts = list(parts)
        self.asked = 0

    async def receive(self) -> tuple[bytes, bool]:
        self.asked += 1
        part = self.parts.pop(0)
        return part, bool(self.parts)


def unpacked(encoding: str, packed: bytes) -> bytes:
    unpack = unpacker(encoding)
    assert unpack is not None
    return unpack(packed)


def code_of(encoding: str, packed: bytes) -> str:
    with pytest.raises(Refused) as caught:
        unpacked(encoding, packed)
    return caught.value.code


async def test_it_joins_the_parts_of_a_body() -> None:
    assert await read_body(Upload(b"a", b"", b"bc").receive, None) == b"abc"


async def test_it_takes_a_body_of_16_mb() -> None:
    parts = [bytes(MB)] * 16

    assert len(await read_body(Upload(*parts).receive, None)) == MAX_BODY_BYTES


async def test_it_stops_reading_as_soon_as_a_body_is_too_long() -> None:
    upload = Upload(*[bytes(MB)] * 100)

    with pytest.raises(TooLarge):
        await read_body(upload.receive, None)

    assert upload.asked == 17


async def test_it_does_not_read_a_body_that_announces_to_be_too_long() -> None:
    upload = Upload(b"")

    with pytest.raises(TooLarge):
        await read_body(upload.receive, str(MAX_BODY_BYTES + 1))

    assert upload.asked == 0


async def test_it_holds_no_more_bodies_than_there_is_room_for() -> None:
    room = Room(free=10)

    async with held_body(Upload(b"123456").receive, None, room) as body:
        with pytest.raises(TooBusy) as caught:
            async with held_body(Upload(b"12", b"345").receive, None, room):
                pass

        assert caught.value.code == "too_busy"
        assert (body, room.free) == (b"123456", 4)
    assert room.free == 10


def test_it_counts_what_a_packed_body_has_become() -> None:
    room = Room(free=10)

    with room.held(b"123456"), pytest.raises(TooBusy), room.held(b"12345"):
        pass

    assert room.free == 10


async def test_it_gives_up_on_a_body_that_stops_coming(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "IDLE_S", 0.02)

    async def never() -> tuple[bytes, bool]:
        await asyncio.Event().wait()
        return b"", False

    with pytest.raises(TooSlow):
        await read_body(never, None)


async def test_it_gives_up_on_a_body_that_only_drips(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "BODY_S", 0.05)

    async def drip() -> tuple[bytes, bool]:
        await asyncio.sleep(0.005)
        return b"x", True

    with pytest.raises(TooSlow) as caught:
        await read_body(drip, None)

    assert caught.value.code == "request_timeout"


@pytest.mark.parametrize("header", [None, "", "identity", " Identity "])
def test_it_leaves_a_plain_body_alone(header: str | None) -> None:
    assert unpacker(header) is None


def test_it_unpacks_gzip_of_several_members() -> None:
    packed = gzip.compress(b"first\n") + gzip.compress(b"") + gzip.compress(b"second")

    assert unpacked("gzip", packed) == b"first\nsecond"
    assert unpacked("X-GZIP", packed) == b"first\nsecond"


def test_it_unpacks_zstd_of_several_frames() -> None:
    packed = zstandard.compress(b"first\n") + zstandard.compress(b"second")

    assert unpacked("zstd", packed) == b"first\nsecond"


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, 300_000])
def test_it_unpacks_any_length(size: int) -> None:
    body = bytes(number * 7919 % 256 for number in range(size))

    assert unpacked("gzip", gzip.compress(body, 1)) == body
    assert unpacked("zstd", zstandard.compress(body)) == body


def test_it_stops_unpacking_a_bomb() -> None:
    packer = zlib.compressobj(1, wbits=31)
    bomb = b"".join(packer.compress(bytes(MB)) for _ in range(40)) + packer.flush()

    assert code_of("gzip", bomb) == "body_too_large"
    assert code_of("gzip", gzip.compress(bytes(MB)) * 17) == "body_too_large"
    assert code_of("zstd", zstandard.compress(bytes(40 * MB))) == "body_too_large"


def test_it_does_not_open_members_without_end() -> None:
    with pytest.raises(TooLarge, match="over 10,000 gzip streams"):
        unpacked("gzip", gzip.compress(b"") * 20_000)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("packed", [b"not packed", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"])
def test_it_refuses_what_is_not_packed_so(encoding: str, packed: bytes) -> None:
    assert code_of(encoding, packed) == "unreadable_body"


def test_it_refuses_a_body_that_ends_too_early() -> None:
    assert code_of("gzip", gzip.compress(b"x" * 9_000)[:-4]) == "unreadable_body"
    assert code_of("zstd", zstandard.compress(b"x" * 9_000)[:-4]) == "unreadable_body"


def test_it_refuses_gzip_with_a_wrong_checksum() -> None:
    packed = bytearray(gzip.compress(b"text"))
    packed[-5] ^= 1

    assert code_of("gzip", bytes(packed)) == "unreadable_body"


@pytest.mark.parametrize("header", ["br", "deflate", "gzip, gzip", "zstd;q=1"])
def test_it_refuses_encodings_that_it_does_not_know(header: str) -> None:
    with pytest.raises(UnsupportedMedia) as caught:
        unpacker(header)

    assert caught.value.code == "unknown_encoding"


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "application/json", "Application/JSON; charset=UTF-8"),
        *("application/x-ndjson", "text/plain;charset=utf-8", "application/jsonl"),
        *("application/x-www-form-urlencoded", 'application/json; charset="utf-8"'),
    ],
)
def test_it_reads_what_may_be_json(header: str | None) -> None:
    check_content_type(header)


@pytest.mark.parametrize(
    "header",
    [
        *("application/x-protobuf", "multipart/form-data; boundary=x", "text/html"),
        *(
            "application/json; charset=utf-16",
            "image/png",
            "text/plain; charset=latin1",
        ),
    ],
)
def test_it_refuses_other_content_types(header: str) -> None:
    with pytest.raises(UnsupportedMedia) as caught:
        check_content_type(header)

    assert caught.value.code == "unsupported_media_type"
