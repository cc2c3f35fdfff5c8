"""Messages are only left out undecoded if no filter can match them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.entry import LogEntry
from ingest.errors import BadEntry, QueryError
from ingest.formats.mend import canonical
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.tail.prefilter import folded, may_match, needle

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

# Letters that fold to ASCII, that JSON escapes, and that are cut by neither.
letters = st.text('aBeK1_"\\\n\té\u212aａ로.-/', max_size=5)
WORDS = ["card", "CARD", "\uff43ard", "kelvin", "\u212aelvin", "true", "1e5", "null"]
words = st.sampled_from(WORDS) | letters
asked = st.one_of(
    st.sampled_from(WORDS),
    st.text('aBk1"-*| ', max_size=6),
    words.map(lambda text: f"k:{text}"),
    words.map(lambda text: f"level:error {text}"),
    words.map(lambda text: f"service:api {text}"),
    st.sampled_from(
        [
            "card",
            "kelvin",
            "/a.?b/",
            "/(?i)card/",
            "/k\\/e/",
            "card -true",
            "card OR null",
        ]
    ),
)
values: st.SearchStrategy[Any] = st.recursive(
    words | st.booleans() | st.none() | st.integers(-50, 50) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=2)
    ),
    max_leaves=4,
)
sent = st.fixed_dictionaries(
    {"message": words | values, "metadata": st.dictionaries(st.just("k"), values)},
    optional={"level": words, "service": words, "extra": values},
)


def matcher_of(text: str) -> Matcher:
    try:
        return Matcher(LogFilter(text))
    except QueryError:
        return Matcher(LogFilter("card"))


def entry_of(value: bytes) -> LogEntry | None:
    try:
        return canonical(value, "unknown", NOW)[0]
    except BadEntry:
        return None


@given(st.lists(asked, min_size=1, max_size=3), sent, st.booleans())
def test_what_is_left_out_matches_no_filter(
    texts: list[str], fields: dict[str, Any], escaped: bool
) -> None:
    matchers = [matcher_of(text) for text in texts]
    value = json.dumps(fields, ensure_ascii=escaped).encode()
    entry = entry_of(value)

    if entry and not may_match(folded(value), map(needle, matchers)):
        assert not any(matcher.entry(entry) for matcher in matchers)


def test_it_leaves_out_what_lacks_every_word() -> None:
    wanted = [
        needle(matcher_of(text)) for text in ("declined level:error", '"gave up"')
    ]

    assert wanted == [b"declined", b"gave"]
    assert may_match(folded(b'{"message":"card DECLINED"}'), wanted)
    assert not may_match(folded(b'{"message":"card accepted"}'), wanted)


@pytest.mark.parametrize(
    "text", ["", "-declined", "a OR b", "42", "로그인", "level:error"]
)
def test_a_filter_that_may_match_without_a_word_leaves_out_nothing(text: str) -> None:
    wanted = [needle(matcher_of("declined")), needle(matcher_of(text))]

    assert may_match(folded(b'{"message":"card accepted"}'), wanted)


@pytest.mark.parametrize(
    "value", [b'{"message":"\\u0063ard"}', '{"message":"\uff43ard"}'.encode()]
)
def test_a_word_that_may_be_spelt_in_another_way_is_read(value: bytes) -> None:
    assert may_match(folded(value), [b"card"])
