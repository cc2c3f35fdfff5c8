"""Log text on a page: all of it seen, none of it acts."""

from __future__ import annotations

import pytest
from django.utils.html import conditional_escape

from ingest.query.grammar import parse
from logsite.search.visible import Shown, marked, marker, visible


def marks(text: str, query: str) -> str:
    return marked(Shown(text), marker(parse(query)))


def test_it_strips_terminal_colours_and_links() -> None:
    text = "\x1b[1;31mred\x1b[0m \x1b]8;;http://a.b\x1b\\link\x1b]8;;\x07 \x1b7end"

    assert visible(text) == "red link end"


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("\x00", "␀"),
        ("\x07", "␇"),
        ("\x1b", "␛"),
        ("\x7f", "␡"),
        ("\x9b", "<U+009B>"),
        ("\u202e", "<U+202E>"),
        ("\u2066", "<U+2066>"),
    ],
)
def test_it_spells_out_what_cannot_be_seen(hidden: str, shown: str) -> None:
    assert visible(f"a{hidden}b") == f"a{shown}b"


def test_it_keeps_tabs_and_reads_every_kind_of_line_end() -> None:
    assert visible("a\tb\r\nc\rd\ne") == "a\tb\nc\nd\ne"


def test_it_escapes_what_it_marks_and_what_it_does_not() -> None:
    html = marks("<b>card</b> & <i>", "card")

    assert html == "&lt;b&gt;<mark>card</mark>&lt;/b&gt; &amp; &lt;i&gt;"


def test_it_is_escaped_only_once() -> None:
    found = marked(Shown("<b>"), None)

    assert conditional_escape(found) == "&lt;b&gt;"


def test_it_escapes_without_a_query() -> None:
    assert marked(Shown("<script>"), None) == "&lt;script&gt;"


def test_it_marks_whole_words_in_any_case() -> None:
    html = marks("Card cards CARD discard", "card")

    assert html == "<mark>Card</mark> cards <mark>CARD</mark> discard"


def test_it_marks_a_phrase_only_as_a_whole() -> None:
    html = marks("no route; no way, no  route", '"no route"')

    assert html == "<mark>no route</mark>; no way, <mark>no  route</mark>"


def test_it_marks_nothing_for_words_that_must_be_absent() -> None:
    assert marks("debug card", "-debug card") == "debug <mark>card</mark>"


def test_it_marks_a_korean_stem_whatever_particle_follows() -> None:
    assert marks("로그인이 필요", "로그인") == "<mark>로그인</mark>이 필요"


def test_it_marks_a_latin_word_that_touches_korean() -> None:
    assert marks("login이 실패", "login") == "<mark>login</mark>이 실패"


def test_it_marks_the_right_letters_after_ones_that_fold_to_several() -> None:
    assert marks("ßß Straße gut", "strasse") == "ßß <mark>Straße</mark> gut"


def test_it_marks_the_parts_of_a_wildcard() -> None:
    assert marks("failed", "fail*") == "<mark>fail</mark>ed"
    assert marks("unfailing 10.0.7.1", "fail* 10.*.1") == (
        "unfailing <mark>10.</mark>0.7<mark>.1</mark>"
    )


def test_it_marks_what_an_expression_finds() -> None:
    assert marks("took 15ms, 7 MS", r"/\d+ ?ms/i") == (
        "took <mark>15ms</mark>, <mark>7 MS</mark>"
    )
    assert marks("실패 <b>", "/실|<b/") == "<mark>실</mark>패 <mark>&lt;b</mark>&gt;"
    assert marks("abc", "/x*/") == "abc"


def test_marks_that_meet_are_one() -> None:
    assert marks("user-id 7", "user /er-i/ id") == "<mark>user-id</mark> 7"
