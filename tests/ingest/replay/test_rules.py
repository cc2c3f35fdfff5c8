"""Rules: plain data, checked, and what each step makes of a letter."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.replay.rules import (
    MAX_STEPS,
    BadRule,
    Misfit,
    apply,
    plain,
    read_rule,
)
from ingest.replay.wording import FORMS, lines_of, read_lines

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def done(value: bytes, *lines: str) -> list[bytes]:
    return apply(read_lines(lines), value, NOON)


def read(value: bytes, *lines: str) -> Any:
    (only,) = done(value, *lines)
    return json.loads(only)


def test_a_field_is_set_renamed_and_removed_in_the_order_of_the_steps() -> None:
    sent = b'{"msg":"paid","debug":1}'

    assert read(sent, "rename msg message", "remove debug", "set level WARN") == {
        "message": "paid",
        "level": "WARN",
    }


def test_a_path_names_a_field_within_others() -> None:
    sent = b'{"message":"paid","order":7,"metadata":{"a":{"b":1}}}'

    assert read(sent, "rename order metadata.order.id", "remove metadata.a.b") == {
        "message": "paid",
        "metadata": {"a": {}, "order": {"id": 7}},
    }


def test_what_is_not_there_is_neither_renamed_nor_removed() -> None:
    sent = b'{"message":"paid"}'

    assert done(sent, "rename msg message", "remove x.y")[0] == b'{"message":"paid"}'


def test_a_rule_without_steps_leaves_the_bytes_as_they_are() -> None:
    assert done(b"\xff not json ") == [b"\xff not json "]


def test_set_takes_json_and_otherwise_text() -> None:
    sent = b"{}"

    lines = ("set a 7", 'set b "7"', "set c seven", "set d '[1,null]'", "set e '\"7\"'")
    assert read(sent, *lines) == {
        "a": 7,
        "b": 7,  # the quotes are those of the line, as in a shell
        "c": "seven",
        "d": [1, None],
        "e": "7",
    }


def test_text_is_replaced_before_it_is_json() -> None:
    assert read(b'{"message":"x","took":NaN}', "replace NaN null")["took"] is None


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("latin-1", "café"), ("cp1252", "€ 5"), ("cp949", "결제"), ("utf-16", "Ω")],
)
def test_other_encodings_are_read(encoding: str, text: str) -> None:
    sent = f'{{"message":"{text}"}}'.encode(encoding)

    assert read(sent, f"parse {encoding}") == {"message": text}


def test_a_line_of_text_gets_its_time_level_and_message() -> None:
    sent = b"2026-03-01 11:59:58 ERROR card declined\n  at pay.py"

    assert read(sent, "parse text") == {
        "timestamp": "2026-03-01T11:59:58Z",
        "level": "ERROR",
        "message": "card declined\n  at pay.py",
        "metadata": {
            "_logsite": {"mended": ["zone"], "timestamp": "2026-03-01 11:59:58"}
        },
    }


def test_json_within_a_json_string_is_taken_out() -> None:
    assert read(json.dumps('{"message":"paid"}').encode(), "parse json") == {
        "message": "paid"
    }


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b'[{"message":"a"},{"message":"b"}]', "array"),
        (b'{"message":"a"}\n\n{"message":"b"}\n', "jsonlines"),
    ],
)
def test_a_letter_of_several_entries_becomes_several(value: bytes, kind: str) -> None:
    found = done(value, f"parse {kind}", "set service s")

    assert [json.loads(one) for one in found] == [
        {"message": "a", "service": "s"},
        {"message": "b", "service": "s"},
    ]


@pytest.mark.parametrize(
    ("value", "line", "why"),
    [
        (b"not json", "set a 1", "Step 1: Not JSON"),
        (b"[1]", "rename a b", "Step 1: this is not a JSON object"),
        (b'{"a":1}', "set a.b 1", "Step 1: a is not an object"),
        (b'{"a":1}', "parse json", "Step 1: this is not a JSON string"),
        (b'{"a":1}', "parse array", "Step 1: this is not a JSON array"),
        (b"\n\n", "parse jsonlines", "Step 1: 0 entries"),
        (b"[" + b"1," * 1_000 + b"1]", "parse array", "Step 1: 1001 entries"),
        (b"\xff", "parse text", "Step 1: 'utf-8' codec"),
        (b"a" * 100_000, f"replace a {'b' * 900}", "Step 1: it would become too long"),
    ],
)
def test_a_letter_that_a_step_does_not_fit_is_left_alone(
    value: bytes, line: str, why: str
) -> None:
    with pytest.raises(Misfit, match=why):
        done(value, line)


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ("set", "Expected `array`"),
        ([{"do": "eval", "code": "1"}], "Invalid value 'eval'"),
        ([{"do": "set", "field": "a"}], "missing required field `value`"),
        ([{"do": "set", "field": "a", "value": 1, "if": "b"}], "unknown field"),
        ([{"do": "set", "field": "a..b", "value": 1}], "'a..b' is not a path"),
        ([{"do": "set", "field": "a", "value": "x" * 20_000}], "too long"),
        ([{"do": "remove", "field": ".".join("abcdefghi")}], "up to 8 names"),
        ([{"do": "parse", "as": "pickle"}], "Invalid enum value 'pickle'"),
        ([{"do": "replace", "text": "", "with": "x"}], "length >= 1"),
        ([{"do": "set", "field": "a", "value": "\0"}], "NUL"),
        ([{"do": "set", "field": "a", "value": float("nan")}], "A rule is JSON"),
        ([{"do": "set", "field": "a", "value": "\ud800"}], "A rule is JSON"),
        ([{"do": "remove", "field": "a"}] * (MAX_STEPS + 1), "at most 20 steps"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_reason(steps: Any, why: str) -> None:
    with pytest.raises(BadRule, match=why):
        read_rule(steps)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("frobnicate a", "a step begins with set"),
        ("rename a", "say rename FIELD NAME"),
        ("set a 'b", "No closing quotation"),
        ("parse xml", "parse xml: "),
    ],
)
def test_a_line_that_is_no_step_is_named(line: str, why: str) -> None:
    with pytest.raises(BadRule, match=why):
        read_lines(["remove a", line])


def test_words_and_data_say_the_same() -> None:
    lines = [
        "parse latin-1",
        "replace 'NaN, ' ''",
        "rename msg message",
        "remove debug",
        "set service payment-service",
        "set level '\"7\"'",
        "set metadata.n 7",
    ]
    rule = read_lines(lines)

    assert read_rule(plain(rule)) == rule
    assert lines_of(rule) == lines
    assert {step["do"] for step in plain(rule)} == set(FORMS)
