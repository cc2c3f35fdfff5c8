"""Which entries match."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from ingest.query.filter import LogFilter
from ingest.query.grammar import parse
from ingest.query.match import Matcher
from tests.ingest.query.asking import (
    PARTICLES,
    fulfils,
    random_entry,
    random_text,
)
from tests.ingest.query.stored import RECEIVED, entry_at


def found(text: str, message: str, /, **metadata: Any) -> bool:
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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fail*", "FAILED password"),
        ("*word", "failed password"),
        ("*ail*", "failed password"),
        ("f*d", "failed password"),
        ("10.0.*.1", "from 10.0.255.1:22"),
        ("/api/*/items", "GET /api/v1/items 200"),
        ("로그*", "로그인이"),
        ("/fail(ed|ure)/", "failed password"),
        ("/FAILED.*word$/i", "failed password"),
        ("/password/ -/Password/", "failed password"),
        ("failed OR absent", "failed password"),
        ("(absent OR failed) -root", "failed password"),
        ("message:failed", "failed password"),
        ("-message:absent", "failed password"),
        ('message:="FAILED password"', "failed password"),
    ],
)
def test_the_message_fulfils(text: str, message: str) -> None:
    assert found(text, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fail*", "a_failed one"),
        ("*word", "failed passwords"),
        ("f*s", "failed pass by"),
        ("ed*word", "failed password"),
        ("10.0.*.1", "from 10.0.255.12"),
        ("/FAILED/", "failed password"),
        ("/^password/", "failed password"),
        ("failed (absent OR other)", "failed password"),
        ("-(absent OR failed)", "failed password"),
        ('message:="failed"', "failed password"),
    ],
)
def test_the_message_does_not_fulfil(text: str, message: str) -> None:
    assert not found(text, message)


@pytest.mark.parametrize(
    "text",
    [
        *("host:web-2", "host:WEB", "host:web*", "host:/^web-\\d$/", "host:=WEB-2"),
        *(
            "status:>499",
            "status:500..599",
            "status:=500",
            "status:=500.0",
            "status:500",
        ),
        *("took:<1", "took:=0.25", "text:>=7", "http.route:items", "http:items"),
        *("tags:blue", "tags:=red", "tags.name:green", "ok:true", "host:*", "-gone:*"),
        *("metadata.host:web", "metadata:web", "trace:4BF9", "empty:*", 'empty:=""'),
    ],
)
def test_a_field_fulfils(text: str) -> None:
    assert found(
        text,
        "slow",
        host="web-2",
        status=500,
        took=0.25,
        text="7",
        http={"route": "/items"},
        tags=["red", "blue", {"name": "green"}],
        ok=True,
        gone=None,
        trace_id="4bf9",
        empty="",
    )


@pytest.mark.parametrize(
    "text",
    [
        *("host:slow", "host:=web", "host:web-3", "Host:web", "status:>500"),
        *("ok:>0", "text:>8", "http.host:web", "gone:*", "-host:*", "message:web"),
        *("word:>1", "word:1..2"),
    ],
)
def test_a_field_does_not_fulfil(text: str) -> None:
    assert not found(
        text, "slow", host="web-2", status=500, ok=True, text="7", word="1e1"
    )


def test_levels_and_services_in_the_text_decide_too() -> None:
    matcher = Matcher(LogFilter("level:>=warn service:api OR hello service:auth*"))

    assert matcher.entry(entry_at(level="ERROR"))
    assert not matcher.entry(entry_at(level="INFO"))
    assert matcher.entry(entry_at(service="auth-2", message="Hello!"))
    assert not matcher.entry(entry_at(service="pre-auth", message="Hello!"))


def test_an_id_in_the_text_decides_too() -> None:
    matcher = Matcher(LogFilter("id:" + "0" * 32))

    assert matcher.entry(entry_at(), "0" * 32)
    assert not matcher.entry(entry_at(), "1" * 32)


@pytest.mark.parametrize("seed", range(4))
def test_it_decides_as_a_plain_look_does(seed: int) -> None:
    rng = Random(seed)
    for _ in range(500):
        entries = [random_entry(rng), random_entry(rng)]
        text = random_text(rng, entries[:1])
        matcher, tree = Matcher(LogFilter(text)), parse(text).tree

        decided = [matcher.entry(entry) for entry in entries]

        assert decided == [fulfils(tree, entry) for entry in entries], (text, entries)


@pytest.mark.parametrize("particle", PARTICLES)
def test_a_korean_stem_is_found_with_every_particle(particle: str) -> None:
    for text in ("로그인", "로그", "인", '"로그인 실패"', "로그인*"):
        assert found(text, f"로그인{particle} 실패했습니다")


def test_a_wildcard_is_linear_in_the_text() -> None:
    assert not found("a*a*a*a*a*a*a*a*b", "a" * 200_000)


def test_an_expression_is_linear_in_the_text() -> None:
    assert not found("/(a*)*(a|aa)+$b/", "a" * 100_000)
