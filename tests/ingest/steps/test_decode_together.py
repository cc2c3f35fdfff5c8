"""Messages that are decoded in one go are what each is by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.state import Message
from ingest.steps.decode import TOGETHER, decode

PLAIN = (
    b'{"timestamp":"2026-03-01T12:00:00Z","level":"INFO","service":"s","message":"hi",'
    b'"metadata":{"host":"a","n":5}}'
)
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


class Sent:
    """A message as the Kafka client gives it."""

    def __init__(self, offset: int, value: bytes) -> None:
        self._offset = offset
        self._value = value

    def value(self) -> bytes:
        return self._value

    def key(self) -> None:
        return None

    def offset(self) -> int:
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        return 2, 1_770_000_000_000

    def headers(self) -> None:
        return None

    def leader_epoch(self) -> int:
        return 4


def told(message: Message) -> tuple[Any, ...]:
    """All of a message that is stored somewhere, whatever class holds the entry."""
    names = ("timestamp", "level", "service", "message", "metadata", "code")
    content = [getattr(message.content, name, None) for name in names]
    zone = getattr(getattr(message.content, "timestamp", None), "tzinfo", None)
    return (message.offset, message.received, message.value, message.raw, content, zone)


def alone(one: Sent) -> tuple[Any, ...]:
    """Beside a message that is no entry, none is decoded together with others."""
    return told(decode([one, Sent(one.offset() + 1, b"no JSON")])[0])


def assert_same(values: list[bytes]) -> None:
    sent = [Sent(offset, value) for offset, value in enumerate(values)]

    together = [told(message) for message in decode(sent)]

    assert together == [alone(one) for one in sent]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_message_changes_nothing_for_its_neighbours(odd: bytes) -> None:
    assert_same([PLAIN, odd, PLAIN])


@given(st.lists(st.sampled_from((PLAIN, PLAIN, *ODD)), max_size=3 * TOGETHER))
def test_any_run_is_decoded_as_each_message_by_itself(values: list[bytes]) -> None:
    assert_same(values)


def test_two_entries_in_a_message_are_not_those_of_its_empty_neighbour() -> None:
    assert_same([PLAIN + b"\n" + PLAIN, b""])
