"""Regular expressions of RE2: linear in the text, whatever a person types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import re2

from ingest.errors import QueryError

MAX_MEMORY: Final = 8 << 20  # bytes of one expression; more complex ones are refused
HINT: Final = "RE2 syntax: no look-around, no back references; `\\/` is a slash."
# One part of an expression: fixed text or not, and whether it may be repeated.
_PIECE: Final = re.compile(
    r"""
    (?: \\[dDwWsSbBAzC]                # classes and anchors of one letter
      | \[\^?\]?(?:\\.|[^\]\\\[])*\]   # a class without another inside
      | [.^$]
      | \\(?P<escaped>[^\w\s])
      | (?P<plain>[^\\\[\](){}.^$|?*+])
    )
    (?P<repeat> (?:[?*+]|\{\d+(?:,\d*)?\})\?? )?
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_FLAGS: Final = re.compile(r"\(\?[imsU]+\)")


def searcher(pattern: str, ignore_case: bool) -> Callable[[str], object]:
    """What looks for the pattern in a text; ValueError says what is wrong with it."""
    search = _compiled(pattern.encode(), ignore_case).search
    return lambda text: search(text.encode())


def places(pattern: str, ignore_case: bool, text: str) -> Iterator[tuple[int, int]]:
    """Where the pattern is found in a text; not where it finds nothing."""
    for found in _compiled(pattern, ignore_case).finditer(text):
        if found.start() < found.end():
            yield found.span()


@lru_cache(maxsize=256)
def _compiled(pattern: str | bytes, ignore_case: bool) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    options.never_capture = True
    options.case_sensitive = not ignore_case
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(_text(error)) from None


def check(pattern: str, ignore_case: bool, position: int) -> None:
    """QueryError that points into the pattern, which begins at `position`."""
    try:
        searcher(pattern, ignore_case)
    except ValueError as error:
        why, _, where = str(error).partition(": ")
        at = max(pattern.rfind(where), 0) if where else 0
        message = f"This is no regular expression: {error}."
        raise QueryError("query_regex", message, HINT, position + at) from None


def literals(pattern: str) -> list[str]:
    """ASCII texts that every match holds, but for case; [] where that is not clear."""
    flags = _FLAGS.match(pattern)
    at = flags.end() if flags else 0
    found = [""]
    while at < len(pattern):
        piece = _PIECE.match(pattern, at)
        if piece is None:
            return []  # groups, alternatives: nobody has to know
        text = piece["escaped"] or piece["plain"] or ""
        if text and text.isascii() and not piece["repeat"]:
            found[-1] += text
        else:
            found.append("")
        at = piece.end()
    return [text for text in found if text]


def _text(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
