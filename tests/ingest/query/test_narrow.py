"""Entries are only skipped undecoded if they cannot match."""

from __future__ import annotations

from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import QueryError
from ingest.query.filter import LogFilter
from ingest.query.grammar import parse
from ingest.query.match import Matcher
from ingest.query.narrow import in_fields, is_shown_by_message, literals
from ingest.query.raw import documents_with
from tests.ingest.query.stored import array_of

words = st.text("aeINF1.- ", max_size=6) | st.sampled_from(["true", "1e+16", "nan"])
asked = st.one_of(
    words,
    st.text("aeINF1.-* ", max_size=6),
    words.map(lambda text: f"k:{text}" if text.strip() else ""),
    words.map(lambda text: f'k:="{text}"'),
    st.sampled_from(
        ["/a.?e/", "/(?i)ni?F/", "/1e/", "/ax?e/", "/a+e/i", "/I[N]F/", "/e\\+1/"]
    ),
)
values: st.SearchStrategy[Any] = (
    words | st.booleans() | st.integers(-50, 50) | st.floats(allow_nan=False)
)
entries = st.lists(
    st.fixed_dictionaries(
        {"message": words, "metadata": st.dictionaries(st.just("k"), values)}
    ),
    max_size=6,
)


def _matcher(text: str) -> Matcher:
    try:
        return Matcher(LogFilter(text))
    except QueryError:
        return Matcher(LogFilter())


def test_only_a_field_that_is_not_deep_is_asked_of_mongodb() -> None:
    deep = ".".join("abcdefgh")

    assert in_fields(parse("a.b:word")) != []
    assert in_fields(parse(f"{deep}:(word OR other)")) == []
    assert in_fields(parse("word")) == []
    assert in_fields(parse("a:word OR other")) == []


@given(asked, entries)
def test_it_keeps_every_match(text: str, stored: list[dict[str, Any]]) -> None:
    matcher = _matcher(text)
    literal = literals(matcher.query)
    if not literal:
        return

    kept = [*documents_with(array_of(stored), literal)]

    matching = [one for one in stored if matcher.text(one["message"], one["metadata"])]
    assert [one for one in map(bson.decode, kept) if one in matching] == matching


@given(asked, entries)
def test_what_a_message_shows_no_metadata_hides(
    text: str, stored: list[dict[str, Any]]
) -> None:
    matcher = _matcher(text)
    if not is_shown_by_message(matcher.query.tree):
        return

    shown = [one for one in stored if matcher.text(one["message"], {})]

    assert all(matcher.text(one["message"], one["metadata"]) for one in shown)


@pytest.mark.parametrize("text", ["a b", "a OR /b/i", "message:a b*", '"a b" (c OR d)'])
def test_what_is_looked_for_in_each_text_may_be_shown_by_the_message(text: str) -> None:
    assert is_shown_by_message(parse(text).tree)


@pytest.mark.parametrize(
    "text", ["a -b", "host:a", "a OR level:error", "service:a* b", "n:>5", "-(a OR b)"]
)
def test_what_metadata_can_hide_is_not_shown_by_the_message(text: str) -> None:
    assert not is_shown_by_message(parse(text).tree)


@pytest.mark.parametrize(
    "word",
    ["42", "1e", "e7", "true", "inf", "로그인", "-gone", "a OR b", "tru*", "/an/"],
)
def test_words_that_may_be_stored_in_another_form_skip_nothing(word: str) -> None:
    assert literals(parse(word)) == []
