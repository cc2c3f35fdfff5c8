"""What one look at the topic finds, and under which ids."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.fold.block import position
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.steps import decode as steps
from ingest.tail.lives import Lives
from ingest.tail.reading import Batch, Repeats
from tests.ingest.worker import line

ONCE = Lives("topic", {})
CUT = Lives("topic", {0: (5,)})  # from offset 5 on other messages than before
KEY = [("request", bytes(16))]
ALL = LogFilter()


class Sent:
    """A message as the Kafka client gives it."""

    def __init__(
        self, offset: int, text: str = "card declined", headers: Any = None
    ) -> None:
        self._offset, self._value, self._headers = offset, line(offset, text), headers

    def value(self) -> bytes:
        return self._value

    def offset(self) -> int:
        return self._offset

    def key(self) -> None:
        return None

    def timestamp(self) -> tuple[int, int]:
        return 2, 1_772_362_800_000 + self._offset

    def headers(self) -> Any:
        return self._headers

    def leader_epoch(self) -> int:
        return 0


def batch(
    *messages: Sent, lives: Lives = ONCE, repeats: Repeats | None = None
) -> Batch:
    some: Any = list(messages)
    return Batch({0: some}, {0: 9}, set(), lives, repeats or Repeats())


def ids(read: Batch, log_filter: LogFilter = ALL) -> list[str]:
    return [one.id for one in read.of(Matcher(log_filter))]


def stored(lives: Lives, generation: int, offset: int) -> str:
    return position(lives.incarnation(generation), 0, offset).hex()


def test_entries_before_and_behind_a_cut_have_the_ids_of_their_generations() -> None:
    assert ids(batch(Sent(4), Sent(5), lives=CUT)) == [
        stored(CUT, 0, 4),
        stored(CUT, 1, 5),
    ]


def test_a_retry_has_the_id_of_the_first_whoever_reads_that_later() -> None:
    repeats = Repeats()
    first, again = Sent(2, headers=KEY), Sent(7, headers=KEY)
    assert ids(batch(again, repeats=repeats)) == [stored(ONCE, 0, 7)]

    assert ids(batch(first, repeats=repeats)) == [stored(ONCE, 0, 2)]

    assert ids(batch(again, repeats=repeats)) == [stored(ONCE, 0, 2)]


def test_a_retry_of_what_was_cut_off_has_its_id() -> None:
    repeats = Repeats()
    ids(batch(Sent(8, headers=KEY), repeats=repeats))

    found = ids(batch(Sent(6, headers=KEY), lives=CUT, repeats=repeats))

    assert found == [stored(ONCE, 0, 8)]


def test_a_message_that_was_left_out_is_still_known_as_the_first() -> None:
    repeats, other = Repeats(), Matcher(LogFilter("refund"))
    batch(Sent(2, headers=KEY), repeats=repeats).ask([other])

    assert ids(batch(Sent(7, headers=KEY), repeats=repeats)) == [stored(ONCE, 0, 2)]


def test_only_what_may_match_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    real = steps.decode

    def decode(messages: Any) -> Any:
        decoded.extend(message.offset() for message in messages)
        return real(messages)

    monkeypatch.setattr("ingest.tail.reading.decode", decode)
    refunds = LogFilter("refund")

    found = ids(batch(Sent(0), Sent(1, "refund paid"), Sent(2)), refunds)

    assert found == [stored(ONCE, 0, 1)]
    assert decoded == [1]


def test_a_filter_that_comes_late_gets_what_others_left_out() -> None:
    read = batch(Sent(0), Sent(1, "refund paid"))
    read.ask([Matcher(LogFilter("refund"))])

    assert ids(read) == [stored(ONCE, 0, 0), stored(ONCE, 0, 1)]


def test_a_filter_is_asked_only_about_what_holds_its_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, str]] = []
    matchers = [Matcher(LogFilter(text)) for text in ("refund", "declined")]
    for one in matchers:
        monkeypatch.setattr(
            one,
            "entry",
            lambda entry, _, text=one.filter.text: asked.append((text, entry.message)),
        )

    batch(Sent(0), Sent(1, "refund paid"), Sent(2, "refund declined")).ask(matchers)

    assert asked == [
        ("refund", "refund paid 1"),
        ("refund", "refund declined 2"),
        ("declined", "card declined 0"),
        ("declined", "refund declined 2"),
    ]
