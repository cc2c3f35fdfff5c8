"""The language of the search box."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import QueryError
from ingest.query.grammar import MAX_DEPTH, MAX_QUERY_LENGTH, Remark, parse
from ingest.query.tree import (
    ANY,
    EVERYTHING,
    And,
    Glob,
    Has,
    Levels,
    Node,
    Not,
    Or,
    Regex,
    Words,
)


def words(text: str) -> Node:
    return Has(ANY, Words.of(text))


def glob(*parts: str) -> Node:
    return Has(ANY, Glob(parts))


def read(text: str) -> Node:
    return parse(text).tree


def refusal(text: str) -> QueryError:
    with pytest.raises(QueryError) as refused:
        parse(text)
    return refused.value


def test_words_are_conditions_of_their_own() -> None:
    assert read("Failed  password") == And((words("failed"), words("password")))


def test_quotes_make_a_phrase() -> None:
    assert read('"failed password" root') == And(
        (words("failed password"), words("root"))
    )


def test_a_minus_excludes_a_word_or_a_phrase() -> None:
    assert read('-debug -"no route"') == And(
        (Not(words("debug")), Not(words("no route")))
    )


def test_not_is_a_minus_in_words() -> None:
    assert read("NOT debug") == read("-debug")
    assert read("NOT (a b)") == read("-(a b)") == Not(And((words("a"), words("b"))))
    assert read("NOT -debug") == words("debug")


@pytest.mark.parametrize(
    "text", ["FILE NOT FOUND", "404 NOT FOUND.", "NOT FOUND", "ERR: NOT OPEN: /x"]
)
def test_not_in_capitals_all_around_is_a_word_and_said_to_be(text: str) -> None:
    asked = parse(text)

    assert asked.tree == read(text.lower())
    assert asked.remarks == (Remark.SHOUTED_NOT,)


@pytest.mark.parametrize(
    "text",
    [
        *("failed NOT FOUND", "FILE NOT found", "FILE NOT X", "FILE NOT 실패"),
        *("A OR NOT FOUND", "level:WARN NOT FOUND", '"FILE" NOT FOUND'),
        *("FILE NOT host:WEB", "FILE NOT (FOUND)", "FILE NOT FOU*", "FILE NOT -FOUND"),
    ],
)
def test_not_beside_anything_else_excludes(text: str) -> None:
    asked = parse(text)

    assert asked.remarks == ()
    assert asked.tree == parse(text.replace("NOT ", "-").replace("--", "")).tree


def test_it_says_what_was_read_as_text_and_may_mean_more() -> None:
    assert parse('"failed password').remarks == (Remark.OPEN_QUOTE,)
    assert parse("level: error").remarks == (Remark.NAME_AND_BLANK,)
    assert parse("😀 *").remarks == (Remark.NO_WORDS,)
    assert parse("  ").remarks == ()
    assert parse('"a b" can"t error: level level:info').remarks == ()


def test_a_word_that_holds_several_is_a_phrase() -> None:
    assert read("10.0.0.1") == words("10 0 0 1")
    assert read("user-id=7") == words("user id 7")


def test_a_level_in_brackets_is_the_word_or_the_level() -> None:
    level = Levels("info", ("INFO",))

    assert read("[Notice]") == Or((words("notice"), level))
    assert read("-[notice]") == Not(Or((words("notice"), level)))
    assert read('"[notice]" [main] [1] [i] [notice]x') == And(
        (words("notice"), words("main"), words("1"), words("i"), words("notice x"))
    )


def test_a_run_ends_where_the_script_changes() -> None:
    assert read("서버1") == words("서버 1")


def test_an_escaped_quote_is_part_of_its_phrase() -> None:
    assert read(r'"say \"hi\" now"') == words("say hi now")


def test_and_binds_closer_than_or() -> None:
    a, b, c, d = map(words, "abcd")

    assert read("a b OR c d") == Or((And((a, b)), And((c, d))))
    assert read("a AND b OR c") == Or((And((a, b)), c))
    assert read("a (b OR c) d") == And((a, Or((b, c)), d))
    assert read("a OR (b OR c)") == Or((a, b, c))


def test_operators_are_in_capitals_and_stand_alone() -> None:
    assert read("or and not") == And((words("or"), words("and"), words("not")))
    assert read("ORDER ORacle-OR") == And((words("order"), words("oracle or")))
    assert read('"OR"') == words("or")


def test_a_star_stands_for_anything_but_blanks() -> None:
    assert read("fail*") == glob("fail", "")
    assert read("*ail*") == glob("", "ail", "")
    assert read("10.0.*.1") == glob("10.0.", ".1")
    assert read(r"a\*b") == words("a b")


@pytest.mark.parametrize("text", ["SELECT * FROM", "a ** b", "* a"])
def test_a_star_without_a_word_is_punctuation(text: str) -> None:
    assert "*" not in str(read(text))


def test_slashes_hold_an_expression() -> None:
    assert read("/fail(ed|ure)/") == Has(ANY, Regex("fail(ed|ure)"))
    assert read("/a b/i x") == And((Has(ANY, Regex("a b", True)), words("x")))
    assert read(r"(/a\/b/ OR c)") == Or((Has(ANY, Regex(r"a\/b")), words("c")))


@pytest.mark.parametrize(
    "text", ["/var/log/syslog", "/api/v1/", "a / b / c", "/", "//", "/x", "/*a*/"]
)
def test_paths_and_lone_slashes_are_text(text: str) -> None:
    assert "Regex" not in str(read(text))


@pytest.mark.parametrize("text", ["", " \t", "!?", "-", '""', '-""', "->", "- -", "()"])
def test_text_without_words_asks_for_nothing(text: str) -> None:
    assert read(text) == EVERYTHING


@pytest.mark.parametrize("text", ["--force", "->force", "- force", "(force", '"force'])
def test_punctuation_as_in_log_lines_excludes_nothing(text: str) -> None:
    assert read(text) == words("force")


def test_a_quote_that_is_never_closed_is_punctuation() -> None:
    assert read('can"t open "the file') == And(
        (words("can t"), words("open"), words("the"), words("file"))
    )


@pytest.mark.parametrize(
    "line",
    [
        "sshd[24200]: Failed password (user root) from 10.0.0.1 port 22 ssh2",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 :)",
        "ERROR at 10:00:01 http://db:80/x?y=1 C:\\temp\\new std::bad_alloc",
        'GET /api/v1/ "-" (Mozilla (X11; {"a": [1]}',
    ],
)
def test_a_line_that_was_pasted_is_words_only(line: str) -> None:
    found = read(line)

    assert isinstance(found, And)
    assert all(isinstance(n, Has) and isinstance(n.test, Words) for n in found.nodes)
    assert {n.path for n in found.nodes if isinstance(n, Has)} == {ANY}


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("a OR", "query_operator", 2),
        ("OR a", "query_operator", 0),
        ("a OR OR b", "query_operator", 2),
        ("AND a", "query_operator", 0),
        ("a AND", "query_operator", 2),
        ("a NOT", "query_operator", 2),
        ("(a OR !) b", "query_operator", 3),
        ("a (b OR c", "query_parenthesis", 2),
        ("a OR b) c", "query_parenthesis", 6),
        ("-(a b", "query_parenthesis", 1),
        ("(level:error", "query_parenthesis", 0),
        ("x /[a-/", "query_regex", 3),
        ("x /abc(?=d)/", "query_regex", 6),
        ("x /a{9999}/", "query_regex", 4),
        ("a\ud800", "query_character", 1),
    ],
)
def test_a_refusal_points_at_the_character(text: str, code: str, position: int) -> None:
    refused = refusal(text)

    assert (refused.code, refused.position) == (code, position)


def test_a_text_that_is_too_long_is_refused_where_it_would_be_cut() -> None:
    refused = refusal("x" * (MAX_QUERY_LENGTH + 1))

    assert (refused.code, refused.position) == ("query_too_long", MAX_QUERY_LENGTH)


@pytest.mark.parametrize("sign", ["(", "-(", "NOT "])
def test_what_is_nested_too_deeply_is_refused(sign: str) -> None:
    deep = sign * (MAX_DEPTH + 1) + "a OR b" + ")" * (MAX_DEPTH + 1)

    assert refusal(deep).code == "query_too_deep"


def test_phrases_to_mark_are_those_that_are_looked_for() -> None:
    asked = parse('b "a b" -c (d OR -e) b')

    assert asked.phrases == [("b",), ("a", "b"), ("d",)]


@given(st.text(max_size=200) | st.text('aOR ()-"/:*<level', max_size=20))
def test_text_is_legal_or_refused_within_it(text: str) -> None:
    position: int | None = 0
    try:
        parse(text)
    except QueryError as refused:
        position = refused.position

    assert position is not None
    assert 0 <= position <= max(len(text) - 1, 0)


@given(st.lists(st.sampled_from(['"', "(", ")", "a", "b-c", " ", "[", "]", ",", "="])))
def test_text_without_operators_is_always_legal(parts: list[str]) -> None:
    parse("".join(parts))
