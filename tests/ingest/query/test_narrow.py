"""Entries are only skipped undecoded if they cannot match."""

from __future__ import annotations

from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.query.filter import LogFilter
from ingest.query.grammar import parse
from ingest.query.match import Matcher
from ingest.query.narrow import documents_with, literal_words

words = st.text("aeINF1.- ", max_size=6) | st.sampled_from(["true", "1e+16", "nan"])
values: st.SearchStrategy[Any] = (
    words | st.booleans() | st.integers(-50, 50) | st.floats(allow_nan=False)
)
entries = st.lists(
    st.fixed_dictionaries(
        {"message": words, "metadata": st.dictionaries(st.just("k"), values)}
    ),
    max_size=6,
)


@given(words, entries)
def test_it_keeps_every_match(text: str, stored: list[dict[str, Any]]) -> None:
    matcher = Matcher(LogFilter(text))
    literal = literal_words(matcher.query)
    if not literal:
        return

    kept = [*documents_with(b"".join(map(bson.encode, stored)), literal)]

    matching = [one for one in stored if matcher.text(one["message"], one["metadata"])]
    assert [one for one in map(bson.decode, kept) if one in matching] == matching


def test_it_leaves_out_what_lacks_a_word() -> None:
    stored = [{"message": text} for text in ("Failed login", "failed", "a", "LOGIN f")]

    kept = documents_with(b"".join(map(bson.encode, stored)), [b"failed", b"login"])

    assert [bson.decode(one)["message"] for one in kept] == ["Failed login"]


@pytest.mark.parametrize("word", ["42", "1e", "e7", "true", "inf", "로그인", "-gone"])
def test_words_that_may_be_stored_in_another_form_skip_nothing(word: str) -> None:
    assert literal_words(parse(word)) == []
