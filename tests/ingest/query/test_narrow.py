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
from ingest.query.narrow import documents_with, literals

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


@given(asked, entries)
def test_it_keeps_every_match(text: str, stored: list[dict[str, Any]]) -> None:
    matcher = _matcher(text)
    literal = literals(matcher.query)
    if not literal:
        return

    kept = [*documents_with(b"".join(map(bson.encode, stored)), literal)]

    matching = [one for one in stored if matcher.text(one["message"], one["metadata"])]
    assert [one for one in map(bson.decode, kept) if one in matching] == matching


def test_it_leaves_out_what_lacks_a_word() -> None:
    stored = [{"message": text} for text in ("Failed login", "failed", "a", "LOGIN f")]

    kept = documents_with(b"".join(map(bson.encode, stored)), [b"failed", b"login"])

    assert [bson.decode(one)["message"] for one in kept] == ["Failed login"]


@pytest.mark.parametrize(
    "word",
    ["42", "1e", "e7", "true", "inf", "로그인", "-gone", "a OR b", "tru*", "/an/"],
)
def test_words_that_may_be_stored_in_another_form_skip_nothing(word: str) -> None:
    assert literals(parse(word)) == []
