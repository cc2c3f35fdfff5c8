"""The language of the search box."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import QueryError
from ingest.query.grammar import MAX_QUERY_LENGTH, parse


def read(text: str) -> list[tuple[bool, tuple[str, ...]]]:
    return [(clause.negated, clause.runs) for clause in parse(text).clauses]


def test_words_are_clauses_of_their_own() -> None:
    assert read("Failed  password") == [(False, ("failed",)), (False, ("password",))]


def test_quotes_make_a_phrase() -> None:
    assert read('"failed password" root') == [
        (False, ("failed", "password")),
        (False, ("root",)),
    ]


def test_a_minus_excludes_a_word_or_a_phrase() -> None:
    assert read('-debug -"no route"') == [(True, ("debug",)), (True, ("no", "route"))]


def test_a_word_that_holds_several_is_a_phrase() -> None:
    assert read("10.0.0.1 user-id=7") == [
        (False, ("10", "0", "0", "1")),
        (False, ("user", "id", "7")),
    ]


def test_a_run_ends_where_the_script_changes() -> None:
    assert read("서버1") == [(False, ("서버", "1"))]


def test_an_escaped_quote_is_part_of_its_phrase() -> None:
    assert read(r'"say \"hi\" now"') == [(False, ("say", "hi", "now"))]


@pytest.mark.parametrize("text", ["", " \t", "!?", "-", '""', '-""', "->", "- -"])
def test_text_without_words_asks_for_nothing(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize("text", ["--force", "->force", "- force", "(force", '"force'])
def test_punctuation_as_in_log_lines_excludes_nothing(text: str) -> None:
    assert read(text) == [(False, ("force",))]


def test_a_quote_that_is_never_closed_is_punctuation() -> None:
    assert read('can"t open "the file') == [
        (False, ("can", "t")),
        (False, ("open",)),
        (False, ("the",)),
        (False, ("file",)),
    ]


def test_clauses_know_where_they_stand() -> None:
    text = 'a -"b c"'

    assert [text[clause.start : clause.end] for clause in parse(text).clauses] == [
        "a",
        '-"b c"',
    ]


def test_words_to_highlight_are_those_that_are_looked_for() -> None:
    assert parse('b "a b" -c').words == ["b", "a"]


def test_a_text_that_is_too_long_is_refused_where_it_would_be_cut() -> None:
    with pytest.raises(QueryError) as refused:
        parse("x" * (MAX_QUERY_LENGTH + 1))

    assert refused.value.code == "query_too_long"
    assert refused.value.position == MAX_QUERY_LENGTH


@given(st.text(max_size=200))
def test_every_text_is_legal(text: str) -> None:
    parse(text)
