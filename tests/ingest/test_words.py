"""The one function that cuts text into words."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.words import fold_text, runs, word_bytes, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Failed password for root", {"failed", "password", "for", "root"}),
        ("GET /v2/servers?id=7", {"get", "v2", "servers", "id", "7"}),
        ("snake_case stays", {"snake_case", "stays"}),
        ("foo—bar", {"foo", "bar"}),
        ("Straße", {"strasse"}),
        ("ＦＵＬＬ width", {"full", "width"}),
        ("", set()),
        ("--- !!! ---", set()),
    ],
)
def test_it_cuts_at_everything_that_is_no_letter_digit_or_underscore(
    text: str, expected: set[str]
) -> None:
    assert words(text) == expected


def test_one_character_in_two_notations_is_one_word() -> None:
    assert words("cafe\u0301") == words("café")


def test_a_korean_stem_is_found_with_any_particle() -> None:
    assert {"로그", "그인"} <= words("로그인이 실패")
    assert {"로그", "그인"} <= words("로그인을")


def test_a_run_breaks_between_korean_and_latin() -> None:
    assert {"api", "서버"} <= words("api서버")


def test_pairs_are_not_part_of_the_sequence_of_words() -> None:
    assert runs("로그인 failed") == ["로그인", "failed"]


@given(st.text(max_size=80))
def test_the_fast_path_finds_the_same_words(text: str) -> None:
    assert word_bytes([text]) == {word.encode() for word in words(text)}


@given(st.text(max_size=80))
@example("\x1b\x1b414")
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold_text(text)
    assert words(once) == words(text)


@given(st.lists(st.text(max_size=30) | st.text(string.printable), max_size=5))
def test_words_of_many_texts_are_the_words_of_each(texts: list[str]) -> None:
    assert word_bytes(texts) == {w.encode() for text in texts for w in words(text)}


@pytest.mark.parametrize("around", ["", "é "])
def test_what_colours_a_terminal_is_no_part_of_a_word(around: str) -> None:
    text = f"{around}\x1b[31mre\x1b[1md\x1b[0m \x1b]8;;http://x.y\x07link"

    expected = {"red", "link", *around.split()}
    assert words(text) == expected
    assert word_bytes([text, "\x1b]0;", "open"]) == {
        word.encode() for word in {*expected, "0", "open"}
    }
