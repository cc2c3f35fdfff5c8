"""Messages that are decoded in one go are what each is by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import BadEntry
from ingest.fold.message import Message, Run
from ingest.steps.decode import TOGETHER, decode, decode_runs

PLAIN = (
    b'{"timestamp":"2026-03-01T12:00:00Z","level":"INFO","service":"s","message":"hi",'
    b'"metadata":{"host":"a","n":5}}'
)
REFUSED = BadEntry("refused_by_store", "nested too deeply")
ODD = (
    PLAIN.replace(b"12:00:00Z", b"12:00:00+09:00"),
    PLAIN.replace(b"2026-", b"0001-"),
    PLAIN.replace(b"2026-", b"9999-"),
    PLAIN.replace(b"INFO", b"info"),
    PLAIN.replace(b'"a"', b'{"b":{"c":[1,2]}}'),
    PLAIN.replace(b'"n"', b'"n.m"'),
    PLAIN.replace(b'"n"', b'""'),
    PLAIN.replace(b'"n"', b'"_logsite"'),
    PLAIN.replace(b"5", b"9223372036854775808"),
    PLAIN.replace(b"hi", b"\xff"),
    PLAIN.replace(b"hi", b"\xed\x95\x9c\xea\xb8\x80"),
    PLAIN.replace(b',"metadata"', b',\n"metadata"'),
    PLAIN + b"\n",
    PLAIN + b"\n" + PLAIN,
    PLAIN.replace(b"hi", b"x" * 5_000),
    json.dumps({"message": "only"}).encode(),
    b"no JSON",
    b"",
    b" ",
)


@dataclass(frozen=True)
class Sent:
    """A message as the Kafka client gives it."""

    at: int
    content: bytes
    stamp: tuple[int, int] = (2, 1_770_000_000_000)
    sent_with: tuple[tuple[str, bytes], ...] = ()
    epoch: int = 4

    def value(self) -> bytes:
        return self.content

    def key(self) -> None:
        return None

    def offset(self) -> int:
        return self.at

    def timestamp(self) -> tuple[int, int]:
        return self.stamp

    def headers(self) -> list[tuple[str, Any]] | None:
        return list(self.sent_with) or None

    def leader_epoch(self) -> int:
        return self.epoch


@st.composite
def logs(draw: st.DrawFn) -> list[Sent]:
    """Plain but for a few: gaps, keys, senders' stamps, new leaders."""
    count = draw(st.integers(0, 3 * TOGETHER))
    oddities = st.sampled_from(["gap", "key", "stamp", "leader"])
    odd = draw(st.dictionaries(st.integers(0, count), oddities, max_size=3))
    offset, epoch, sent = 0, 4, []
    for place in range(count):
        offset += 2 if odd.get(place) == "gap" else 1
        epoch += odd.get(place) == "leader"
        stamp = 1 if odd.get(place) == "stamp" else 2, 1_770_000_000_000 + place // 7
        headers = (("request", bytes(16)),) if odd.get(place) == "key" else ()
        sent.append(Sent(offset, PLAIN, stamp, headers, epoch))
    return sent


def told(message: Message) -> tuple[Any, ...]:
    """All of a message that is stored somewhere, whatever class holds the entry."""
    names = ("timestamp", "level", "service", "message", "metadata", "code")
    content = [getattr(message.content, name, None) for name in names]
    zone = getattr(getattr(message.content, "timestamp", None), "tzinfo", None)
    place = (message.offset, message.received, message.epoch, message.request)
    return (*place, message.value, message.raw, content, zone)


def alone(one: Sent) -> tuple[Any, ...]:
    """Beside a message that is no entry, none is decoded together with others."""
    return told(decode([one, Sent(one.at + 1, b"no JSON")])[0])


def assert_same(values: list[bytes]) -> None:
    assert_same_log([Sent(offset, value) for offset, value in enumerate(values)])


def assert_same_log(sent: list[Sent]) -> None:
    together = [told(message) for message in decode(sent)]

    assert together == [alone(one) for one in sent]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_message_changes_nothing_for_its_neighbours(odd: bytes) -> None:
    assert_same([PLAIN, odd, PLAIN])


@given(st.lists(st.sampled_from((PLAIN, PLAIN, *ODD)), max_size=3 * TOGETHER))
def test_any_run_is_decoded_as_each_message_by_itself(values: list[bytes]) -> None:
    assert_same(values)


@given(logs())
def test_whatever_is_odd_about_its_place_a_message_is_what_it_is_by_itself(
    log: list[Sent],
) -> None:
    assert_same_log(log)


def test_plain_messages_are_one_run_however_many() -> None:
    (run,) = decode_runs([Sent(offset, PLAIN) for offset in range(7, 7 + 3 * TOGETHER)])

    assert isinstance(run, Run)
    assert (run.offset, len(run), run.epoch) == (7, 3 * TOGETHER, 4)


def test_a_run_ends_where_an_offset_has_no_message() -> None:
    offsets = [*range(TOGETHER), *range(TOGETHER + 6, 2 * TOGETHER)]

    pieces = decode_runs([Sent(offset, PLAIN) for offset in offsets])

    ends = [(piece.offset, piece.end) for piece in pieces]
    assert ends == [(0, TOGETHER), (TOGETHER + 6, 2 * TOGETHER)]


def test_a_run_ends_where_another_leader_took_over() -> None:
    epochs = {offset: 4 + offset // TOGETHER for offset in range(2 * TOGETHER)}

    pieces = decode_runs([Sent(at, PLAIN, epoch=epochs[at]) for at in epochs])

    assert [piece.epoch for piece in pieces] == [4, 5]


def test_a_judged_message_is_no_part_of_a_run() -> None:
    sent = [Sent(offset, PLAIN) for offset in range(3)]

    _, judged, _ = decode_runs(sent, {1: REFUSED})

    assert isinstance(judged, Message)
    assert judged.content is REFUSED


def test_two_entries_in_a_message_are_not_those_of_its_empty_neighbour() -> None:
    assert_same([PLAIN + b"\n" + PLAIN, b""])
