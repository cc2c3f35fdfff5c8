"""Dead letters: whole, with their stage and reason, and never judged twice."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.deadletter import MAX_LETTER_BYTES, DeadLetters, dead_letter, known_verdicts
from ingest.entries import Entries
from ingest.errors import BadEntry
from ingest.fold.block import to_ms
from ingest.fold.state import Lane, Message, Raw
from ingest.kafka.outbox import Letter
from ingest.mongo import Document

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LANE = Lane("logs", 1, 7)
UNREADABLE = BadEntry("invalid_json", "no JSON")
REFUSED = BadEntry("refused_by_store", "nested too deeply")


class Topic:
    """Keeps what is sent to it."""

    def __init__(self) -> None:
        self.name = ""
        self.letters: list[Letter] = []
        self.most_at_once = 0

    def send(self, topic: str, letters: list[Letter]) -> None:
        self.name = topic
        self.letters += letters
        self.most_at_once = max(self.most_at_once, len(letters))


def letter(
    offset: int = 5, bad: BadEntry = UNREADABLE, value: bytes = b"not json"
) -> Document:
    raw = Raw(b"s/1", value, [["origin", b"billing"]])
    message = Message(offset, to_ms(NOON), 0, value, None, bad, raw=raw)
    return dead_letter(LANE, message, bad, NOON)


def sent(document: Document) -> tuple[Letter, dict[str, Any]]:
    topic = Topic()
    DeadLetters(topic, "logs").send([document])  # type: ignore[arg-type]
    assert topic.name == "logs.dlq"
    (only,) = topic.letters
    return only, dict(only.headers)


def test_it_has_bytes_key_headers_place_and_times() -> None:
    kept = letter()

    assert (kept["value"], kept["key"]) == (b"not json", b"s/1")
    assert kept["headers"] == [["origin", b"billing"]]
    assert (kept["topic"], kept["partition"], kept["offset"]) == ("logs", 1, 5)
    assert (kept["received"], kept["at"]) == (NOON, NOON)


@pytest.mark.parametrize(("bad", "stage"), [(UNREADABLE, "decode"), (REFUSED, "store")])
def test_it_says_at_which_stage_and_why(bad: BadEntry, stage: str) -> None:
    kept = letter(bad=bad)
    _, headers = sent(kept)

    assert (kept["stage"], kept["code"], kept["message"]) == (
        stage,
        bad.code,
        bad.message,
    )
    assert headers["logsite-stage"] == stage.encode()
    assert headers["logsite-code"] == bad.code.encode()


def test_its_topic_has_the_bytes_as_they_came() -> None:
    only, headers = sent(letter())

    assert (only.key, only.value) == (b"s/1", b"not json")
    assert headers["origin"] == b"billing"


def test_one_that_kafka_would_not_take_is_cut_and_says_so() -> None:
    only, headers = sent(letter(value=b"x" * 1_040_000))

    assert len(only.value) == MAX_LETTER_BYTES
    assert headers["logsite-cut"] == b"1040000"


def test_very_many_are_sent_in_turns_that_a_producers_queue_takes() -> None:
    topic: Any = Topic()

    DeadLetters(topic, "logs").send([letter()] * 25_000)

    assert len(topic.letters) == 25_000
    assert topic.most_at_once <= 10_000


@pytest.mark.parts
def test_dead_letters_beyond_the_newest_block_are_verdicts(mongo: Any) -> None:
    Entries(mongo).insert_dead([letter(4), letter(5), letter(6, REFUSED)])

    verdicts = known_verdicts(mongo, LANE, after_offset=4)

    assert {offset: bad.code for offset, bad in verdicts.items()} == {
        5: "invalid_json",
        6: "refused_by_store",
    }


@pytest.mark.parts
def test_dead_letters_of_other_lanes_are_no_verdicts(mongo: Any) -> None:
    Entries(mongo).insert_dead([letter(4)])

    assert known_verdicts(mongo, Lane("logs", 0, 7), after_offset=-1) == {}
    assert known_verdicts(mongo, Lane("logs", 1, 8), after_offset=-1) == {}


def replayed(*headers: list[Any]) -> Document:
    message = Message(
        9, to_ms(NOON), 0, b"x", None, UNREADABLE, raw=Raw(None, b"x", list(headers))
    )
    return dead_letter(LANE, message, UNREADABLE, NOON)


def test_it_says_its_cause() -> None:
    kept = letter()

    assert (kept["gist"], kept["service"]) == ("no JSON", "s")
    assert len(kept["cause"]) == 16


def test_one_that_was_replayed_says_of_which_and_how_often() -> None:
    origin = bytes(range(16))
    request = b"r" * 12 + (3).to_bytes(4, "big")
    kept = replayed(
        ["request", request],
        ["logsite-replay-of", origin.hex().encode()],
        ["logsite-replays", b"2"],
    )

    assert (kept["origin"], kept["origin_index"], kept["attempts"]) == (origin, 3, 2)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [["logsite-replays", b"2"]],
        [["logsite-replay-of", b"00" * 16], ["logsite-replays", b"-1"]],
        [["logsite-replay-of", b"zz" * 16], ["logsite-replays", b"1"]],
        [["logsite-replay-of", b"\xff" * 32], ["logsite-replays", b"1"]],
        [["logsite-replay-of", None], ["logsite-replays", b"1"]],
    ],
)
def test_headers_that_are_not_ours_say_nothing(headers: list[list[Any]]) -> None:
    assert "origin" not in replayed(*headers)
