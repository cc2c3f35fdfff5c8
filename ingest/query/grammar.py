"""The language of the search box: text -> Query.

    failed password        both words, anywhere in the message or the metadata
    "failed password"      the phrase: these words in this order, side by side
    user-id                a word that holds several is a phrase too
    -debug  -"no route"    entries without the word, without the phrase

Every text is legal, so that a log line can be pasted: characters that are no part
of a word only separate words, and a quote that is never closed is one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ingest.errors import QueryError
from ingest.words import runs

MAX_QUERY_LENGTH: Final = 4_000  # characters

# `--force`, `->` and a lone `-` exclude nothing: they are common in log lines.
_TERM: Final = re.compile(
    r"""
    (?P<minus>-(?=[^-\s>]))?
    (?: "(?P<phrase>(?:[^"\\]|\\.)*)" | (?P<bare>\S+) )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Clause:
    """A sequence of words that an entry has to hold, or must not."""

    runs: tuple[str, ...]
    negated: bool
    start: int  # where it stands in the text
    end: int


@dataclass(frozen=True)
class Query:
    """Clauses that must all be true. Without clauses every entry matches."""

    clauses: tuple[Clause, ...] = ()

    @property
    def wanted(self) -> list[Clause]:
        return [clause for clause in self.clauses if not clause.negated]

    @property
    def words(self) -> list[str]:
        """The words that are looked for, folded: what a page highlights."""
        found = (run for clause in self.wanted for run in clause.runs)
        return list(dict.fromkeys(found))


def parse(text: str) -> Query:
    """Read a search; QueryError points at the character that cannot be taken."""
    if len(text) > MAX_QUERY_LENGTH:
        raise QueryError(
            "query_too_long",
            f"The search text is cut at character {MAX_QUERY_LENGTH + 1}:"
            f" it has {len(text)} characters.",
            f"Use at most {MAX_QUERY_LENGTH} characters.",
            position=MAX_QUERY_LENGTH,
        )
    return Query(tuple(_clauses(text)))


def _clauses(text: str) -> Iterator[Clause]:
    for term in _TERM.finditer(text):
        found = tuple(runs(_unescaped(term)))
        if found:
            yield Clause(found, bool(term["minus"]), term.start(), term.end())


def _unescaped(term: re.Match[str]) -> str:
    if term["phrase"] is None:
        return term["bare"]
    return re.sub(r"\\([\"\\])", r"\1", term["phrase"])
