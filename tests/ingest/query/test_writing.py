"""A tree and its text mean the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.entry import LEVELS
from ingest.errors import QueryError
from ingest.query.grammar import parse
from ingest.query.tree import (
    ANY,
    MESSAGE,
    SERVICE,
    Between,
    Compare,
    Equal,
    Exists,
    Glob,
    Has,
    Id,
    Levels,
    Node,
    Regex,
    Test,
    Words,
    all_of,
    any_of,
    negated,
)
from ingest.query.writing import write

texts = st.text('aB1_ -"\\/*:()<>=.é로OR', max_size=8)
words = texts.map(Words.of).filter(lambda test: bool(test.runs))
parts = st.lists(st.text('aB1-"\\/:()<>=é로', max_size=4), min_size=2, max_size=4)


def is_glob(parts: list[str]) -> bool:
    inner = parts[1:-1]
    return all(inner) and any(Words.of(part).runs for part in parts)


globs = parts.filter(is_glob).map(tuple).map(Glob)
regexes = st.builds(
    Regex, st.sampled_from(["a", "a b", r"a\/b", "(a|b)+", '"', "로그"]), st.booleans()
)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
of_field: st.SearchStrategy[Test] = st.one_of(
    words,
    globs.filter(lambda test: test.parts[0] != "" or len(test.parts) > 1),
    regexes,
    st.builds(Equal, texts),
    st.builds(Compare, st.sampled_from([">", ">=", "<", "<="]), numbers),
    st.builds(Between, numbers, numbers),
    st.just(Exists()),
)
paths = st.sampled_from([MESSAGE, ("metadata", "host"), ("metadata", "id", "a-b")])
conditions: st.SearchStrategy[Node] = st.one_of(
    st.builds(Has, st.just(ANY), st.one_of(words, globs, regexes)),
    st.builds(Has, paths, of_field),
    st.builds(Has, st.just(SERVICE), st.builds(Equal, texts.filter(str.strip))),
    st.sampled_from(LEVELS).map(lambda level: Levels(level, (level,))),
    st.just(Levels(">=warn", LEVELS[3:])),
    st.just(Id("5d1c09ae000000020000000000012f3a")),
)
trees = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(all_of),
        st.lists(inner, min_size=2, max_size=3).map(any_of),
        inner.map(negated),
    ),
    max_leaves=8,
)


@given(trees)
def test_what_is_written_is_read_as_the_same(tree: Node) -> None:
    assert parse(write(tree)).tree == tree


@given(st.text('aB1 -"\\/*:()<>=.OR\n', max_size=30))
def test_what_was_read_is_written_and_read_as_the_same(text: str) -> None:
    try:
        tree = parse(text).tree
    except QueryError:
        return

    assert parse(write(tree)).tree == tree


def test_it_writes_as_people_would() -> None:
    text = 'failed (root OR -"for guest") host:web-2 level:>=warn status:>499 /a b/i'

    assert write(parse(text).tree) == text
