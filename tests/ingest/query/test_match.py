"""Which entries match."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from tests.ingest.query.stored import RECEIVED, entry_at


def found(text: str, message: str, **metadata: Any) -> bool:
    return Matcher(LogFilter(text)).text(message, metadata)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("failed", "FAILED password"),
        ("password failed", "failed password"),
        ('"failed password"', "failed: password"),
        ("user-id", "user id"),
        ("straße", "STRASSE"),
        ("ＦＵＬＬ", "full width"),
        ("e\u0301tude", "étude"),
        ("로그인", "로그인이 실패했습니다"),
        ("그인", "로그인이"),
        ("로", "로그인이"),
        ('"로그인 실패"', "로그인이 실패했습니다"),
        ("서버1", "서버1에서"),
        ("", "anything"),
        ("!?", "anything"),
    ],
)
def test_it_matches(text: str, message: str) -> None:
    assert found(text, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fail", "failed password"),
        ("failed absent", "failed password"),
        ('"password failed"', "failed password"),
        ('"failed password"', "failed the password"),
        ("-failed", "failed password"),
        ('-"failed password"', "failed password"),
        ("로그아웃", "로그인이"),
        ("인로", "로그인이"),
        ("1", "10"),
        ("nfoo", "\\nfoo".replace("\\n", "\n")),
    ],
)
def test_it_does_not_match(text: str, message: str) -> None:
    assert not found(text, message)


def test_it_looks_into_metadata_values_at_any_depth() -> None:
    assert found("db7 42 true", "slow", hosts=[{"name": "db7"}], n=42, ok=True)


def test_it_does_not_look_into_metadata_keys() -> None:
    assert not found("hosts", "slow", hosts=["db7"])


def test_a_phrase_does_not_reach_from_one_value_into_the_next() -> None:
    assert not found('"slow query"', "slow", kind="query")


def test_exclusion_looks_at_every_value() -> None:
    assert not found("slow -db7", "slow", host="db7")


def test_time_level_and_service_decide_too() -> None:
    matcher = Matcher(
        LogFilter("hello", ("api",), ("INFO",), RECEIVED, RECEIVED + timedelta(0, 1))
    )

    assert matcher.entry(entry_at(0))
    assert matcher.entry(entry_at(0.9999))
    assert not matcher.entry(entry_at(1))
    assert not matcher.entry(entry_at(-0.001))
    assert not matcher.entry(entry_at(0, level="WARN"))
    assert not matcher.entry(entry_at(0, service="auth"))
    assert not matcher.entry(entry_at(0, "goodbye"))


def test_bounds_are_cut_to_milliseconds_as_stored_times_are() -> None:
    bound = RECEIVED + timedelta(microseconds=1_999)

    asked = LogFilter(start=bound, end=bound)

    assert asked.start == asked.end == RECEIVED + timedelta(milliseconds=1)


def test_bounds_need_a_zone() -> None:
    with pytest.raises(ValueError):
        LogFilter(start=RECEIVED.replace(tzinfo=None))
