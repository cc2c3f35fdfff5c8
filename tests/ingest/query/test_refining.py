"""Conditions that are clicked together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.entry import LogEntry
from ingest.errors import QueryError
from ingest.fold.block import to_datetime
from ingest.query.filter import LogFilter
from ingest.query.grammar import parse
from ingest.query.match import Matcher
from ingest.query.refining import condition_on, is_among, refined, required
from ingest.query.tree import all_of, negated

HOST = ("metadata", "host")


def test_a_value_is_asked_for_whole_in_its_field() -> None:
    assert condition_on(HOST, "web-2") == "host:=web-2"
    assert condition_on(HOST, 'a "b"') == r'host:="a \"b\""'
    assert condition_on(HOST, "") == 'host:=""'
    assert condition_on(("metadata", "message"), "x") == "metadata.message:=x"
    assert condition_on(("service",), "api") == "service:api"


def test_a_name_that_no_search_can_hold_leaves_the_words() -> None:
    assert condition_on(("metadata", "a b"), "x-7") == "x-7"
    assert condition_on(("metadata", "a b"), "!") == ""


@pytest.mark.parametrize("value", ["a\nb", "\x1b[1m", "x" * 501])
def test_what_cannot_be_typed_is_not_asked_for(value: str) -> None:
    assert condition_on(HOST, value) == ""


def test_a_condition_is_added_as_it_is() -> None:
    assert refined("", "host:=x", exclude=False) == "host:=x"
    assert refined("a  AND b", "host:=x", exclude=False) == "a  AND b host:=x"
    assert refined("a", "host:=x", exclude=True) == "a -host:=x"


def test_the_same_again_takes_it_back() -> None:
    assert refined("a host:=x b", "host:=x", exclude=False) == "a b"
    assert refined("-host:=x", "host:=x", exclude=True) == ""


def test_the_opposite_takes_its_place() -> None:
    assert refined("a -host:=x", "host:=x", exclude=False) == "a host:=x"
    assert refined("host:=x a", "host:=x", exclude=True) == "a -host:=x"


def test_alternatives_are_put_into_parentheses() -> None:
    assert refined("a OR b", "host:=x", exclude=False) == "(a OR b) host:=x"


def test_an_open_quote_does_not_swallow_the_condition() -> None:
    text = refined('"open', 'host:="a b"', exclude=False)

    assert required(text) == (*required("open"), *required('host:="a b"'))


def test_it_knows_what_a_text_asks_for() -> None:
    nodes = required("a -host:=x")

    assert is_among("host:=x", nodes, exclude=True)
    assert not is_among("host:=x", nodes, exclude=False)
    assert not is_among("host:=x", required("a OR host:=x"), exclude=False)


@given(st.text(max_size=30), st.text(max_size=12) | st.text('a"\\b ()', max_size=6))
def test_the_condition_finds_the_value_it_was_made_of(name: str, value: str) -> None:
    condition = condition_on(("metadata", name), value)
    entry = LogEntry(to_datetime(0), "INFO", "api", "-", {name: value})

    assert not condition or Matcher(LogFilter(condition)).entry(entry)


@given(st.text('ab "-()OR\\:=', max_size=20), st.booleans())
def test_it_means_the_text_and_the_condition(text: str, exclude: bool) -> None:
    wanted = parse("host:=x").tree
    wanted = negated(wanted) if exclude else wanted
    try:
        before = required(text)
    except QueryError:
        return

    after = refined(text, "host:=x", exclude)

    assert parse(after).tree == all_of([*before, wanted])
