"""Log text as it may be shown: nothing hidden, nothing that acts, words marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from ingest.query import regex
from ingest.query.grammar import Query
from ingest.query.tree import Regex
from ingest.words import fold_text

MAX_SHOWN: Final = 8 * 1024  # characters; longer text is cut until asked for

MAX_MARKS: Final = 200  # of one expression in one text

_ANSI: Final = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC: titles, links
    r"|[ -/]+[0-~]|[0-_c])"  # the short ones
)
_LINE_BREAK: Final = re.compile(r"\r\n|\r(?!\n)")
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
# A word ends where its letters and digits end, or where the script changes to CJK.
_CJK: Final = r"\u1100-\u11ff\u3041-\u318f\u31a0-\u31ff\u3400-\u9fff\uac00-\ud7ff"
_BEFORE: Final = rf"(?<![^\W{_CJK}])"
_AFTER: Final = rf"(?![^\W{_CJK}])"


def visible(text: str) -> str:
    """Text without terminal colours; control and direction characters spelled out."""
    return _HIDDEN.sub(_picture, _LINE_BREAK.sub("\n", _ANSI.sub("", text)))


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"


@dataclass(frozen=True)
class Marker:
    """What a search looks for, found again in the text that it found."""

    words: re.Pattern[str] | None  # in folded text
    expressions: tuple[Regex, ...]

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where to mark a visible text: in order, apart from each other."""
        found = _places(text, self.words) if self.words else []
        for one in self.expressions:
            spans = regex.places(one.pattern, one.ignore_case, text)
            found += islice(spans, MAX_MARKS)
        return list(_apart(sorted(found)))


def marker(query: Query) -> Marker:
    """Of wildcards each part is marked, not what stands in between."""
    longest_first = sorted(query.phrases, key=len, reverse=True)
    found = [r"\W*".join(map(_word_pattern, phrase)) for phrase in longest_first]
    found += [pattern for parts in query.globs for pattern in _part_patterns(parts)]
    words = re.compile("|".join(found)) if found else None
    return Marker(words, tuple(query.expressions))


def _part_patterns(parts: Sequence[str]) -> Iterator[str]:
    """An end that is not open is the end of a word."""
    last = len(parts) - 1
    for index, part in enumerate(parts):
        if part:
            before = _BEFORE if index == 0 and part[0].isalnum() else ""
            after = _AFTER if index == last and part[-1].isalnum() else ""
            yield f"{before}{re.escape(part)}{after}"


def _word_pattern(word: str) -> str:
    if re.match(rf"[{_CJK}]", word):
        return re.escape(word)  # a stem is found whatever particle follows it
    return f"{_BEFORE}{re.escape(word)}{_AFTER}"


def marked(text: str, marker: Marker | None) -> SafeString:
    """Visible text as HTML: escaped, with what was found in <mark>."""
    pieces: list[str] = []
    at = 0
    for start, end in marker.places(text) if marker else ():
        pieces += [escape(text[at:start]), "<mark>", escape(text[start:end]), "</mark>"]
        at = end
    pieces.append(escape(text[at:]))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece is escaped above


def _apart(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Of spans in order, those that overlap as one."""
    start = end = -1
    for one in spans:
        if one[0] > end:
            if end > 0:
                yield start, end
            start, end = one
        end = max(end, one[1])
    if end > 0:
        yield start, end


def _places(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    folded, origin = _fold_with_origin(text)
    found = [match.span() for match in pattern.finditer(folded)]
    return [(origin[start], origin[end - 1] + 1) for start, end in found]


def _fold_with_origin(text: str) -> tuple[str, range | list[int]]:
    """Folded text, and for each of its characters the index it came from."""
    if text.isascii():
        return text.lower(), range(len(text))
    parts = [fold_text(character) for character in text]
    origin = [index for index, part in enumerate(parts) for _ in part]
    return "".join(parts), origin
