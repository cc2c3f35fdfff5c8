"""Causes of dead letters: the same for what fails for one reason, and only for that."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.causes import cause_of, gist, service_of


def letter(message: str = "Not JSON", **other: Any) -> dict[str, Any]:
    known = {"stage": "decode", "code": "invalid_json", "message": message}
    return {**known, "value": b"not json", "key": None, **other}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Not JSON: Expecting value at line 1 column 1 (byte 0).",
            "Not JSON: Expecting value at line 12 column 400 (byte 31,200).",
        ),
        ("300,112 bytes; at most 262,144", "262,145 bytes; at most 262,144"),
        ("no service 'billing'", "no service 'it is 3 o clock'"),
        (
            "id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 is there",
            "id 00000000-4f89-11d3-9a0c-0305e82c33ff is there",
        ),
        ("block 5ac1fe9901 refused", "block 0xdeadbeef00 refused"),
    ],
)
def test_numbers_values_and_ids_make_no_other_cause(one: str, other: str) -> None:
    assert gist(one) == gist(other)
    assert cause_of(letter(one)) == cause_of(letter(other))


@pytest.mark.parametrize(
    "other",
    [
        letter("An entry is a JSON object"),
        letter(code="not_finite"),
        letter(stage="store"),
        letter(key=b"billing/pod-1"),
        letter(value=b'{"service":"billing"}'),
    ],
)
def test_stage_code_reason_and_service_make_another_cause(other: Any) -> None:
    assert cause_of(letter()).name != cause_of(other).name


def test_words_stay_in_the_gist() -> None:
    said = "Nested more than 32 levels deep, facade and decade included."

    assert gist(said) == "Nested more than # levels deep, facade and decade included."


def test_the_instance_of_a_source_makes_no_other_cause() -> None:
    first, second = letter(key=b"billing/pod-1"), letter(key=b"billing/pod-2")

    assert cause_of(first) == cause_of(second)
    assert cause_of(first).service == "billing"


def test_what_the_letter_says_of_its_service_goes_before_its_key() -> None:
    assert service_of(b'{"service":"auth","x":1}', b"billing/1") == "auth"


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (b"\xff\xfe", None),
        (b'{"service":7}', b"no-slash"),
        (None, b""),
        (b"[" * 5000, None),
        (b'{"service":"a"', b"\xff"),
    ],
)
def test_where_nobody_says_it_there_is_no_service(
    value: bytes | None, key: bytes | None
) -> None:
    assert service_of(value, key) == ""
