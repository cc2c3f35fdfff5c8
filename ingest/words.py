"""The one function that cuts text into words, for index, search, tail and rules.

words(text) = NFKC, casefold, NFKC, then runs of letters, digits and `_`; a run is
broken between CJK and other scripts; Hangul, Han and Kana runs also give every pair
of neighbouring characters, so that a stem is found whatever particle follows it.
What colours a terminal is no part of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from unicodedata import normalize

# Hangul jamo and syllables, Kana, Bopomofo, Han with extensions.
_CJK: Final = (
    "\u1100-\u11ff\u3041-\u30ff\u3105-\u312f\u3130-\u318f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U0001b000-\U0001b16f\U00020000-\U000323af"
)
_RUN: Final = re.compile(rf"[{_CJK}]+|[^\W{_CJK}]+")
_IS_CJK: Final = re.compile(rf"[{_CJK}]").match
ESCAPE: Final = "\x1b"
SEQUENCE: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links
    r"|[ -/]+[0-~]|[0-_c])"  # the short ones
)
# ASCII only: letters folded to lower case, everything that is no word blanked.
_ASCII_FOLD: Final = bytes(
    code + 32
    if 65 <= code <= 90
    else code
    if 48 <= code <= 57 or 97 <= code <= 122 or code == 95
    else 32
    for code in range(256)
)


def plain(text: str) -> str:
    """Text without what only a terminal understands."""
    return SEQUENCE.sub("", text) if ESCAPE in text else text


def fold_text(text: str) -> str:
    """Text in the form in which it is compared: NFKC(casefold(NFKC(text)))."""
    # What is left of escapes must not begin another one, with what follows it now.
    text = plain(text).replace(ESCAPE, " ")
    if text.isascii():
        return text.lower()
    return normalize("NFKC", normalize("NFKC", text).casefold())


def runs(text: str) -> list[str]:
    """The words of a text in their order, repeats kept, without character pairs."""
    return _RUN.findall(fold_text(text))


def spans_of_runs(folded: str) -> list[tuple[int, int]]:
    """Where the words of a folded text begin and end."""
    return [found.span() for found in _RUN.finditer(folded)]


def is_cjk(run: str) -> bool:
    """Whether a run is Hangul, Han or Kana: a run is so wholly or not at all."""
    return _IS_CJK(run) is not None


def words(text: str) -> set[str]:
    """Every word that the index holds for a text, character pairs included."""
    text = plain(text)
    if text.isascii():
        return {w.decode() for w in text.encode().translate(_ASCII_FOLD).split()}
    return {word for run in runs(text) for word in _with_pairs(run)}


def word_bytes(texts: Iterable[str]) -> set[bytes]:
    """words() of many texts at once, as UTF-8: the fast path of the worker."""
    texts = list(texts)
    joined = "\n".join(texts)
    if ESCAPE in joined:  # in each apart: a sequence may lack its end
        texts = list(map(plain, texts))
        joined = "\n".join(texts)
    if joined.isascii():
        return set(joined.encode().translate(_ASCII_FOLD).split())
    ascii_parts: list[str] = []
    found: set[bytes] = set()
    for text in texts:
        if text.isascii():
            ascii_parts.append(text)
        else:
            found.update(word.encode() for word in words(text))
    found.update("\n".join(ascii_parts).encode().translate(_ASCII_FOLD).split())
    return found


def _with_pairs(run: str) -> Iterator[str]:
    yield run
    if len(run) > 2 and is_cjk(run):
        for start in range(len(run) - 1):
            yield run[start : start + 2]
