"""What may leave a block out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.terms import MAX_BITS, MIN_BITS
from ingest.query.filter import LogFilter
from ingest.query.grammar import parse
from ingest.query.match import Matcher
from ingest.query.plan import FILTER_SIZES, blocks_that_may_match, words_needed
from ingest.words import words


def needed(text: str) -> set[str]:
    return words_needed(parse(text))


def test_complete_words_leave_blocks_out() -> None:
    assert needed('Failed "for root"') == {"failed", "for", "root"}


def test_excluded_words_leave_nothing_out() -> None:
    assert needed('failed -debug -"for root"') == {"failed"}


def test_of_cjk_runs_pairs_are_needed_as_the_run_may_be_part_of_another() -> None:
    assert needed("로그인") == {"로그", "그인"}
    assert needed("로그") == {"로그"}


def test_single_cjk_characters_leave_nothing_out() -> None:
    assert needed("로") == set()


def test_a_search_without_words_has_no_condition_on_the_word_filter() -> None:
    assert blocks_that_may_match(LogFilter(), parse("-a 로 !"), None) == []


def test_every_size_of_word_filter_is_asked_and_others_may_match() -> None:
    [condition] = blocks_that_may_match(LogFilter(), parse("failed"), None)

    sizes = [choice["terms_bits"] for choice in condition["$or"]]
    assert sizes == [*FILTER_SIZES, {"$nin": list(FILTER_SIZES)}]
    assert (FILTER_SIZES[0], FILTER_SIZES[-1]) == (MIN_BITS, MAX_BITS)


@given(st.text("ab1_ -로그인é!", max_size=12), st.text("ab1_ -로그인é!", max_size=20))
def test_words_needed_are_in_every_entry_that_matches(text: str, message: str) -> None:
    if Matcher(LogFilter(text)).text(message, {}):
        assert needed(text) <= words(message)


@pytest.mark.parametrize("name", ["$gt", "{$ne: 1}", "a.b", "\0"])
def test_names_are_values_never_operators(name: str) -> None:
    conditions: list[Any] = blocks_that_may_match(
        LogFilter(services=(name,)), parse(""), None
    )

    assert conditions == [{"services": {"$in": [name]}}]
