"""Messages of Kafka, read or judged."""

from __future__ import annotations

import zlib
from typing import Any

from ingest.entry import LogEntry
from ingest.errors import BadEntry
from ingest.fold.state import Raw
from ingest.steps.decode import decode

LINE = (
    b'{"timestamp":"2026-03-01T12:00:00Z","level":"INFO","service":"s","message":"hi"}'
)
REFUSED = BadEntry("refused_by_store", "nested too deeply")


class Sent:
    """A message as the Kafka client gives it."""

    def __init__(self, offset: int, value: bytes | None = LINE) -> None:
        self._offset = offset
        self._value = value

    def value(self) -> bytes | None:
        return self._value

    def key(self) -> bytes | None:
        return b"s/1"

    def offset(self) -> int:
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        return 2, 1_770_000_000_000

    def headers(self) -> list[tuple[str, Any]] | None:
        return [("origin", b"billing")]

    def leader_epoch(self) -> int | None:
        return 4


def test_a_canonical_message_is_an_entry() -> None:
    (message,) = decode([Sent(7)])

    assert isinstance(message.content, LogEntry)
    assert (message.offset, message.epoch, message.raw) == (7, 4, None)


def test_a_message_that_cannot_be_read_keeps_all_its_bytes() -> None:
    (message,) = decode([Sent(7, b"\xff")])

    assert isinstance(message.content, BadEntry)
    assert message.raw == Raw(b"s/1", b"\xff", [["origin", b"billing"]])


def test_a_tombstone_is_a_dead_letter_and_no_bug() -> None:
    (message,) = decode([Sent(7, None)])

    assert isinstance(message.content, BadEntry)


def test_a_judged_message_is_bad_however_readable_it_is() -> None:
    before, judged, after = decode(
        [Sent(6), Sent(7), Sent(8)], {7: REFUSED, 99: REFUSED}
    )

    assert judged.content is REFUSED
    assert judged.raw == Raw(b"s/1", LINE, [["origin", b"billing"]])
    assert isinstance(before.content, LogEntry)
    assert isinstance(after.content, LogEntry)


def test_an_earlier_verdict_wins_over_what_is_read_now() -> None:
    (message,) = decode([Sent(7, b"not json")], {7: REFUSED})

    assert message.content is REFUSED


def test_every_message_can_be_known_again_by_its_checksum() -> None:
    decoded = decode([Sent(7), Sent(8)], {8: REFUSED})

    assert [each.checksum for each in decoded] == [zlib.crc32(LINE)] * 2
