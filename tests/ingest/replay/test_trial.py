"""Trials: what today's pipeline would make of a letter, mended or not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ingest.entries import REFUSED
from ingest.replay.trial import MAX_REPLAYS, Outcome, diff, try_rule, try_value
from ingest.replay.wording import read_lines

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
POSITION = bytes(15) + b"\x07"


def letter(value: bytes = b'{"msg":"paid"}', **other: Any) -> dict[str, Any]:
    known = {"_id": POSITION, "value": value, "key": b"billing/1", "received": NOON}
    return {**known, "code": "no_message", "message": "none", "service": "", **other}


def tried(letter: dict[str, Any], *lines: str) -> Any:
    return try_rule(letter, read_lines(lines))


def test_a_mended_letter_would_be_stored_under_its_sources_key() -> None:
    trial = tried(letter(), "rename msg message")

    assert (trial.outcome, trial.key) == (Outcome.STORED, b"billing/1")
    assert json.loads(trial.values[0])["message"] == "paid"


def test_the_time_of_the_letter_stands_in_for_one_that_is_missing() -> None:
    (value,) = tried(letter(), "rename msg message").values

    assert json.loads(value)["timestamp"] == "2026-03-01T12:00:00Z"


def test_its_service_is_the_one_that_it_was_sent_by() -> None:
    (value,) = tried(letter(service="billing"), "rename msg message").values

    assert json.loads(value)["service"] == "billing"


def test_one_without_a_key_comes_where_its_source_would() -> None:
    fixed = b'{"message":"paid","service":"auth","metadata":{"host":"h1"}}'

    assert try_value(letter(key=None), fixed).key == b"auth/h1"


def test_no_letter_is_left_without_a_key() -> None:
    assert tried(letter(key=None)).key == POSITION
    assert tried(letter(key=b"")).key == POSITION


def test_one_that_nothing_was_changed_of_is_unchanged() -> None:
    trial = tried(letter())

    assert (trial.outcome, trial.code) == (Outcome.UNCHANGED, "no_message")


def test_blanks_that_a_rule_leaves_out_change_nothing() -> None:
    blanks = letter(b'{ "text": "paid" }')

    assert tried(blanks, "rename msg message").outcome is Outcome.UNCHANGED
    assert tried(blanks, "set text true").outcome is Outcome.FAILS


def test_one_that_fails_for_another_reason_says_for_which() -> None:
    trial = tried(letter(), "parse json")
    still = tried(letter(), "set level WARN")

    assert (trial.outcome, trial.code) == (Outcome.MISFIT, "misfit")
    assert (still.outcome, still.code) == (Outcome.FAILS, "no_message")


def test_one_that_a_later_release_can_read_would_be_stored_as_it_is() -> None:
    trial = tried(letter(b'{"message":"paid"}'))

    assert trial.outcome is Outcome.STORED


def test_one_that_mongodb_refused_is_unchanged_until_something_is_changed() -> None:
    refused = letter(b'{"message":"paid"}', code=REFUSED)

    assert tried(refused).outcome is Outcome.UNCHANGED
    assert tried(refused, "set level WARN").outcome is Outcome.STORED


def test_one_that_failed_again_too_often_needs_a_fix_by_hand() -> None:
    often = letter(attempts=MAX_REPLAYS)

    assert tried(often, "rename msg message").outcome is Outcome.GUARDED
    assert try_value(often, b'{"message":"paid"}').outcome is Outcome.STORED
    assert tried(letter(attempts=MAX_REPLAYS - 1), "rename msg message").values


def test_all_entries_of_a_letter_have_to_be_readable() -> None:
    both = b'{"message":"a"}\n{"msg":"b"}'

    assert tried(letter(both), "parse jsonlines").outcome is Outcome.FAILS
    whole = tried(letter(both), "parse jsonlines", "rename msg message")
    assert len(whole.values) == 2


def test_the_difference_is_shown_line_by_line() -> None:
    before, after = b'{"msg":"paid","n":1}', (b'{"message":"paid","n":1}',)

    assert diff(before, after) == [
        " {",
        '-  "msg": "paid",',
        '+  "message": "paid",',
        '   "n": 1',
        " }",
    ]


def test_bytes_that_are_no_text_have_a_difference_too() -> None:
    assert diff(b"caf\xe9", (b"caf\xc3\xa9",)) == ["-caf�", "+café"]
