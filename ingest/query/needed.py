"""What every value that passes a test holds: what a search may count on. Pure.

Words leave out whole blocks by their word filters, so only complete ones are named: not
the stump before a `*`, not the edges of an expression, not a number that may be written
in another way. Texts leave out single entries by their bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ingest.entry import MARKS
from ingest.query import regex
from ingest.query.tree import METADATA, SERVICE, Equal, Glob, Has, Regex, Words
from ingest.words import fold_text, is_cjk, runs, spans_of_runs

# Up to here a number is written with all its digits, whatever its type.
_INTEGER: Final = re.compile(r"-?(0|[1-9]\d{0,14})", re.ASCII)
_NUMBER: Final = re.compile(r"-?[\d.]+(?:e[-+]?\d+)?", re.ASCII | re.IGNORECASE)


def words_of(has: Has) -> set[str]:
    """Words, as the index has them, of every entry that passes."""
    if not _is_indexed(has):
        return set()
    match has.test:
        case Words(_, asked):
            return _indexed(asked)
        case Glob() as glob:
            return _indexed(_complete_in_glob(glob.folded))
        case Regex(pattern, _):
            return _indexed(_complete_in_all(regex.literals(pattern)))
        case Equal(text):
            return _indexed(_complete_in_value(text))
    return set()


def texts_of(has: Has) -> Iterator[str]:
    """Folded texts that stand in every value that passes."""
    if not _is_indexed(has):
        return
    match has.test:
        case Words(_, asked):
            yield from asked
        case Glob() as glob:
            yield from filter(None, glob.folded)
        case Regex(pattern, _):
            yield from (text.lower() for text in regex.literals(pattern))
        case Equal(text) if text and not _NUMBER.fullmatch(text):
            yield fold_text(text)


def _is_indexed(has: Has) -> bool:
    """Not names of services; nor our own marks in the metadata."""
    return has.path != SERVICE and has.path[:2] != (METADATA, MARKS)


def _indexed(asked: Iterable[str]) -> set[str]:
    """Of a CJK run, which may be part of a longer one, the pairs; never one alone."""
    return {word for run in asked for word in _words_of_run(run)}


def _words_of_run(run: str) -> Iterable[str]:
    if not is_cjk(run):
        return (run,)
    return (run[start : start + 2] for start in range(len(run) - 1))


def _complete_in_glob(parts: tuple[str, ...]) -> Iterator[str]:
    last = len(parts) - 1
    for index, part in enumerate(parts):
        yield from _complete(part, starts=index == 0, ends=index == last)


def _complete_in_all(literals: Iterable[str]) -> Iterator[str]:
    for text in literals:
        yield from _complete(text.lower(), starts=False, ends=False)


def _complete(text: str, *, starts: bool, ends: bool) -> Iterator[str]:
    """Words that go on neither before nor behind a folded text that was found.

    `starts`, `ends`: the text begins and ends where a word does.
    """
    for first, end in spans_of_runs(text):
        run = text[first:end]
        whole = (first > 0 or starts) and (end < len(text) or ends)
        if whole or is_cjk(run):
            yield run


def _complete_in_value(text: str) -> list[str]:
    if number := _INTEGER.fullmatch(text):
        return [number[1]]
    return [] if _NUMBER.fullmatch(text) else runs(text)
