"""A tree as a function: whether an entry fulfils it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from ingest.query import globs
from ingest.query.regex import searcher
from ingest.query.subject import Subject
from ingest.query.tree import (
    NUMBER,
    SERVICE,
    And,
    Between,
    Compare,
    Equal,
    Exists,
    Glob,
    Has,
    Id,
    Levels,
    Node,
    Not,
    Number,
    Or,
    Path,
    Regex,
    Test,
    Words,
)
from ingest.words import fold_text, is_cjk, runs

Predicate = Callable[[Subject], bool]
_COMPARISONS: Final[dict[str, Callable[[Number, Number], bool]]] = {
    ">": gt,
    ">=": ge,
    "<": lt,
    "<=": le,
}


def predicate(node: Node) -> Predicate:
    """What decides about every entry, whoever asks."""
    match node:
        case And(nodes):
            wanted = tuple(map(predicate, nodes))
            return lambda subject: all(one(subject) for one in wanted)
        case Or(nodes):
            options = tuple(map(predicate, nodes))
            return lambda subject: any(one(subject) for one in options)
        case Not(inner):
            excluded = predicate(inner)
            return lambda subject: not excluded(subject)
        case Levels(_, levels):
            return lambda subject: subject.level in levels
        case Id(entry_id):
            return lambda subject: subject.id == entry_id
        case Has():
            return _has(node)


def number_of(value: Any) -> Number | None:
    """The number that a value is or spells; a boolean is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return None


def _has(node: Has) -> Predicate:
    of_service = _of_service(node.test) if node.path == SERVICE else None
    return of_service or partial(_holds(node.test), node.path)


def _of_service(test: Test) -> Predicate | None:
    """Names are compared whole: exactly, or by a wildcard."""
    match test:
        case Equal(text):
            return lambda subject: subject.service == text
        case Glob() as glob:
            parts = glob.folded
            return lambda subject: globs.is_text(parts, fold_text(subject.service))
    return None


def _holds(test: Test) -> Callable[[Path, Subject], bool]:
    match test:
        case Words(_, wanted):
            return partial(_holds_words, wanted, _ascii_sequence(wanted))
        case Glob() as glob:
            return partial(_holds_glob, glob.folded)
        case Regex(pattern, ignore_case):
            return partial(_holds_regex, searcher(pattern, ignore_case))
        case Equal(text):
            return partial(_holds_equal, fold_text(text), number_of(text))
        case Compare(op, number):
            compare = _COMPARISONS[op]
            return partial(_holds_number, lambda found: compare(found, number))
        case Between(low, high):
            return partial(_holds_number, lambda found: low <= found <= high)
        case Exists():
            return lambda path, subject: any(True for _ in subject.values(path))


def _holds_words(
    wanted: tuple[str, ...], fast: re.Pattern[str], path: Path, subject: Subject
) -> bool:
    # Most texts do not even hold the characters: looking for whole words would be
    # most of the work of a search.
    first = wanted[0]
    for text, characters in zip(*subject.texts(path), strict=True):
        if first not in characters:
            continue
        if characters.isascii():
            if fast.search(characters):
                return True
        elif _in_sequence(wanted, runs(text)):
            return True
    return False


def _ascii_sequence(wanted: Iterable[str]) -> re.Pattern[str]:
    """The words side by side in a folded text that is all ASCII."""
    between = r"\W+".join(map(re.escape, wanted))
    return re.compile(rf"(?<!\w){between}(?!\w)", re.ASCII)


def _holds_glob(parts: tuple[str, ...], path: Path, subject: Subject) -> bool:
    return any(globs.in_text(parts, folded) for folded in subject.texts(path)[1])


def _holds_regex(search: Callable[[str], object], path: Path, subject: Subject) -> bool:
    return any(search(text) for text in subject.texts(path)[0])


def _holds_equal(
    wanted: str, number: Number | None, path: Path, subject: Subject
) -> bool:
    if wanted in subject.texts(path)[1]:
        return True
    return number is not None and _holds_number(partial(eq, number), path, subject)


def _holds_number(fits: Callable[[Number], bool], path: Path, subject: Subject) -> bool:
    numbers = map(number_of, subject.values(path))
    return any(number is not None and fits(number) for number in numbers)


def _in_sequence(wanted: Sequence[str], found: Sequence[str]) -> bool:
    """Whether the wanted words stand side by side, in their order."""
    return any(
        all(_same(word, found[start + i]) for i, word in enumerate(wanted))
        for start in range(len(found) - len(wanted) + 1)
    )


def _same(wanted: str, found: str) -> bool:
    """Whole words; of a Hangul, Han or Kana run any part: words are not spaced."""
    return wanted == found or (wanted in found and is_cjk(wanted))
