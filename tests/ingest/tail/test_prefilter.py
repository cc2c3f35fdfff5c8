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
from ingest.tail.prefilter import Texts, needle

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


@given(asked, st.lists(sent, min_size=1, max_size=4), st.booleans())
def test_what_is_left_out_does_not_match(
    text: str, many: list[dict[str, Any]], escaped: bool
) -> None:
    matcher = matcher_of(text)
    values = [json.dumps(fields, ensure_ascii=escaped).encode() for fields in many]

    places = Texts(values).places(needle(matcher))

    for place, value in enumerate(values):
        entry = entry_of(value)
        if entry and place not in places:
            assert not matcher.entry(entry)


@pytest.mark.parametrize(
    ("text", "wanted"), [("declined level:error", b"declined"), ('"gave up"', b"gave")]
)
def test_it_looks_for_a_word_that_every_match_holds(text: str, wanted: bytes) -> None:
    assert needle(matcher_of(text)) == wanted


def test_it_leaves_out_what_lacks_the_word() -> None:
    texts = Texts(
        [
            b'{"message":"card accepted"}',
            b'{"message":"card DECLINED, declined"}',
            b'{"message":"refund paid"}',
            b'{"message":"declined"}',
        ]
    )

    assert texts.places(b"declined") == [1, 3]
    assert texts.places(b"gave") == []


@pytest.mark.parametrize(
    "text", ["", "-declined", "a OR b", "42", "로그인", "level:error"]
)
def test_a_filter_that_may_match_without_a_word_leaves_out_nothing(text: str) -> None:
    texts = Texts([b'{"message":"card accepted"}', b'{"message":"refund paid"}'])

    assert list(texts.places(needle(matcher_of(text)))) == [0, 1]


@pytest.mark.parametrize(
    "value", [b'{"message":"\\u0063ard"}', '{"message":"\uff43ard"}'.encode()]
)
def test_a_word_that_may_be_spelt_in_another_way_is_read(value: bytes) -> None:
    texts = Texts([b'{"message":"refund"}', value, b'{"message":"refund"}'])

    assert texts.places(b"card") == [1]
