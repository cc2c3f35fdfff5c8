"""Colours of a terminal: few are allowed, and no text is changed by them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.query.grammar import parse
from logsite.search.colours import MAX_COLOURS
from logsite.search.visible import marked, marker, shown, visible


def html(text: str, query: str = "") -> str:
    return marked(shown(text), marker(parse(query)))


def test_eight_colours_bold_and_underlined_are_shown() -> None:
    assert html("a \x1b[1;31mb\x1b[22m c\x1b[0m \x1b[94;4md") == (
        'a <span class="ink-1 ink-bold">b</span><span class="ink-1"> c</span> '
        '<span class="ink-4 ink-under">d</span>'
    )


@pytest.mark.parametrize(
    "sequence",
    [
        *("\x1b[41m", "\x1b[38;5;31m", "\x1b[38;2;1;31;4m", "\x1b[8m", "\x1b[2J"),
        *("\x1b[38m", "\x1b[31", "\x1b]8;;javascript:x\x07", '\x1b["><b>m', "\x1b[99m"),
    ],
)
def test_nothing_else_has_an_effect(sequence: str) -> None:
    assert "<span" not in html(f"{sequence}text")
    assert "<b>" not in html(f"{sequence}text")


def test_what_was_found_is_marked_across_colours() -> None:
    assert html("\x1b[31mcard\x1b[0m declined", '"card declined"') == (
        '<mark><span class="ink-1">card</span></mark><mark> declined</mark>'
    )


def test_a_part_keeps_its_colours() -> None:
    part = shown("ab\x1b[31mcdef").cut(3, 5)

    assert marked(part, None) == '<span class="ink-1">de</span>'


def test_only_so_many_changes_count() -> None:
    text = "\x1b[31mx\x1b[32my" * MAX_COLOURS

    assert html(text).count("<span") == MAX_COLOURS


sequences = st.sampled_from(["\x1b[31m", "\x1b[0m", "\x1b[1m", "\x1b]0;t\x07", "\x1b"])
texts = st.lists(sequences | st.text("a\r\n<\x00\u202e", max_size=3)).map("".join)


@given(texts)
def test_the_text_is_the_same_with_and_without_colours(text: str) -> None:
    found = shown(text)

    assert found.text == visible(text).strip("\n")
    assert all(one.end <= len(found.text) for one in found.colours)
