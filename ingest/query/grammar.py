"""The language of the search box: text -> Query.

    failed password        both words, anywhere in the message or the metadata
    "failed password"      the phrase: these words in this order, side by side
    user-id                a word that holds several is a phrase too
    [notice]               the word, or the level that was read from it
    -debug  -"no route"    entries without the word, without the phrase; also NOT,
                           but in capitals all around it is a word: FILE NOT FOUND
    a b OR c               both a and b, or c; parentheses group: a (b OR c)
    fail*  sub*string      the start of a word; anything but blanks in between
    /fail(ed|ure)/i        a regular expression (RE2); i ignores case
    host:web-2             a field; fields.py has all that can be asked of one

Whatever is no part of a word only separates words, so that a log line can be pasted.
Parentheses that do not fit are such characters, too, where nothing needs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NoReturn

from ingest.errors import QueryError
from ingest.query import pieces, regex, tree
from ingest.query.fields import OWN, read_field
from ingest.query.tree import (
    ANY,
    EVERYTHING,
    SERVICE,
    Glob,
    Has,
    Levels,
    Node,
    Regex,
    Test,
    Words,
)

MAX_QUERY_LENGTH: Final = 4_000  # characters
MAX_DEPTH: Final = 40  # groups and exclusions within each other

# Where parentheses change what is found: at an OR, an exclusion, around a field.
_GROUPS_MATTER: Final = re.compile(
    r"(?:^|[\s(])(?:OR[\s(]|(?:-|NOT\s+)\(|\(\s*-?[\w.@-]+:[^\s:])"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Remark(StrEnum):
    """What was read as text and may have been meant otherwise."""

    OPEN_QUOTE = "open_quote"  # it has no partner
    SHOUTED_NOT = "shouted_not"  # FILE NOT FOUND
    NAME_AND_BLANK = "name_and_blank"  # level: error
    NO_WORDS = "no_words"  # only signs: nothing is looked for


@dataclass(frozen=True)
class Query:
    """A search text that was read."""

    tree: Node = EVERYTHING
    remarks: tuple[Remark, ...] = field(default=(), compare=False)

    @property
    def is_empty(self) -> bool:
        """Every entry matches."""
        return self.tree == EVERYTHING

    @property
    def phrases(self) -> list[tuple[str, ...]]:
        """Sequences of folded words that are looked for: what a page marks."""
        found = (test.runs for test in self._tests() if isinstance(test, Words))
        return list(dict.fromkeys(found))

    @property
    def globs(self) -> list[tuple[str, ...]]:
        """The folded parts of wildcards that are looked for: marked, too."""
        found = (test.folded for test in self._tests() if isinstance(test, Glob))
        return list(dict.fromkeys(found))

    @property
    def expressions(self) -> list[Regex]:
        """Expressions that are looked for: marked, too."""
        return [test for test in self._tests() if isinstance(test, Regex)]

    def _tests(self) -> Iterator[Test]:
        return (one.test for one in tree.wanted(self.tree) if one.path != SERVICE)


def parse(text: str) -> Query:
    """Read a search; QueryError points at the character that cannot be taken."""
    _check_characters(text)
    try:
        return _Reader(text, groups=True).query()
    except _UnevenParenthesis:
        if _GROUPS_MATTER.search(text):
            raise
        return _Reader(text, groups=False).query()


def _check_characters(text: str) -> None:
    if len(text) > MAX_QUERY_LENGTH:
        raise QueryError(
            "query_too_long",
            f"The search text is cut at character {MAX_QUERY_LENGTH + 1}:"
            f" it has {len(text)} characters.",
            f"Use at most {MAX_QUERY_LENGTH} characters.",
            position=MAX_QUERY_LENGTH,
        )
    if found := _SURROGATE.search(text):
        message = "This is half of a character."
        raise QueryError("query_character", message, "", found.start())


class _UnevenParenthesis(QueryError):
    """Of two parentheses that belong together one is missing."""


class _Reader:
    """Reads from left to right; `at` is the next character."""

    def __init__(self, text: str, groups: bool) -> None:
        self.text = text
        self.at = 0
        self._groups = groups  # whether parentheses mean anything
        self._depth = 0
        self._remarks: list[Remark] = []

    def query(self) -> Query:
        node = self._any()
        if self.at < len(self.text):
            message = "This parenthesis closes nothing."
            self._refuse_parenthesis(message, self.at)
        if node == EVERYTHING and self.text.strip():
            self._remarks.append(Remark.NO_WORDS)
        return Query(node, tuple(dict.fromkeys(self._remarks)))

    def _any(self) -> Node:
        """a b OR c d"""
        options = [self._all()]
        while found := self._operator("OR"):
            options.append(self._all())
            if EVERYTHING in options:
                self._refuse_operator("OR", "something on both sides", found.start())
        return tree.any_of(options)

    def _all(self) -> Node:
        """a b AND c"""
        nodes: list[Node] = []
        while not self._at_end():
            if found := self._operator("AND"):
                if not nodes or self._at_end():
                    self._refuse_operator("AND", "words on both sides", found.start())
            elif node := self._one():
                nodes.append(node)
        return tree.all_of(nodes)

    def _at_end(self) -> bool:
        """Of what belongs to one side of an OR."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        rest = self.text[self.at : self.at + 1]
        if not rest or (rest == ")" and self._groups):
            return True
        operator = pieces.OPERATOR.match(self.text, self.at)
        return operator is not None and operator[1] == "OR"

    def _operator(self, name: str) -> re.Match[str] | None:
        found = pieces.OPERATOR.match(self.text, self.at)
        if found is None or found[1] != name:
            return None
        if name == "NOT" and pieces.is_shouted(self.text, self.at, found.end()):
            self._remarks.append(Remark.SHOUTED_NOT)
            return None
        self.at = found.end()
        return found

    def _one(self) -> Node | None:
        if self._operator("NOT"):
            return self._excluded("NOT", self.at - 3)
        if minus := pieces.MINUS.match(self.text, self.at):
            self.at = minus.end()
            return self._excluded("-", minus.start())
        if self._groups and self.text[self.at] == "(":
            return self._group()
        return self._piece()

    def _excluded(self, sign: str, start: int) -> Node | None:
        if self._at_end():
            self._refuse_operator(sign, "something to exclude", start)
        node = self._deeper(start, self._one)
        return tree.negated(node) if node else None

    def _group(self) -> Node | None:
        start = self.at
        self.at += 1
        node = self._deeper(start, self._any)
        if self.text[self.at : self.at + 1] != ")":
            self._refuse_parenthesis("This parenthesis is never closed.", start)
        self.at += 1
        return None if node == EVERYTHING else node

    def _deeper(self, start: int, read: Callable[[], Node | None]) -> Node | None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            message = "Too many groups and exclusions within each other."
            hint = f"At most {MAX_DEPTH} deep."
            raise QueryError("query_too_deep", message, hint, start)
        found = read()
        self._depth -= 1
        return found

    def _piece(self) -> Node | None:
        """A phrase, an expression, a field, or bare text."""
        if found := pieces.PHRASE.match(self.text, self.at):
            self.at = found.end()
            words = Words.of(pieces.phrase(found))
            return Has(ANY, words) if words.runs else None
        if found := pieces.REGEX.match(self.text, self.at):
            self.at = found.end()
            regex.check(found[1], bool(found[2]), found.start(1))
            return Has(ANY, Regex(found[1], bool(found[2])))
        if condition := read_field(self.text, self.at, self._groups):
            node, self.at = condition
            return node
        piece = pieces.bare(self.text, self.at, self._groups)
        self._remark(piece)
        self.at += len(piece)
        test = pieces.text_test(piece)
        if test is None:
            return None
        level = pieces.level_in(piece)
        said = [Levels(level.lower(), (level,))] if level else []
        return tree.any_of([Has(ANY, test), *said])

    def _remark(self, piece: str) -> None:
        if piece.startswith('"'):
            self._remarks.append(Remark.OPEN_QUOTE)
        if piece.removesuffix(":") in OWN - {piece}:
            self._remarks.append(Remark.NAME_AND_BLANK)

    def _refuse_parenthesis(self, message: str, at: int) -> NoReturn:
        hint = "Put quotes around a text with parentheses."
        raise _UnevenParenthesis("query_parenthesis", message, hint, at)

    def _refuse_operator(self, sign: str, needed: str, at: int) -> NoReturn:
        message = f"`{sign}` needs {needed}."
        hint = f'Write "{sign}" in quotes to look for the word.'
        raise QueryError("query_operator", message, hint, at)
