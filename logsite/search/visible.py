"""Log text as it may be shown: nothing hidden, nothing that acts, words marked."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from operator import itemgetter
from typing import Final

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from ingest.query import regex
from ingest.query.grammar import Query
from ingest.query.tree import Regex
from ingest.words import SEQUENCE, fold_text, plain
from logsite.search.colours import Coloured
from logsite.search.colours import pieces as colour_pieces

MAX_SHOWN: Final = 8 * 1024  # characters; longer text is cut until asked for
MAX_MARKS: Final = 200  # of one expression in one text
_LINE_BREAK: Final = re.compile(r"\r\n|\r(?!\n)")
_DIVIDED_BREAK: Final = re.compile(rf"\r((?:{SEQUENCE.pattern})+)\n")
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
# A word ends where its letters and digits end, or where the script changes to CJK.
_CJK: Final = r"\u1100-\u11ff\u3041-\u318f\u31a0-\u31ff\u3400-\u9fff\uac00-\ud7ff"
_BEFORE: Final = rf"(?<![^\W{_CJK}])"
_AFTER: Final = rf"(?![^\W{_CJK}])"


@dataclass(frozen=True)
class Shown:
    """Visible text, and which of it a terminal would colour."""

    text: str
    colours: tuple[Coloured, ...] = ()

    def cut(self, start: int, end: int) -> Shown:
        """A part of it."""
        inside = (one for one in self.colours if one.start < end and start < one.end)
        kept = (
            replace(one, start=max(0, one.start - start), end=min(one.end, end) - start)
            for one in inside
        )
        return Shown(self.text[start:end], tuple(kept))


def visible(text: str) -> str:
    """Text without terminal colours; control and direction characters spelled out."""
    return _spelled(plain(text))


def shown(text: str) -> Shown:
    """The same with its colours, without the empty lines around it."""
    parts: list[str] = []
    colours: list[Coloured] = []
    at = 0
    for piece, classes in colour_pieces(_DIVIDED_BREAK.sub(r"\1\n", text)):
        part = _spelled(piece)
        parts.append(part)
        if classes and part:
            colours.append(Coloured(at, at + len(part), classes))
        at += len(part)
    whole = Shown("".join(parts), tuple(colours))
    start = len(whole.text) - len(whole.text.lstrip("\n"))
    return whole.cut(start, max(start, len(whole.text.rstrip("\n"))))


def _spelled(text: str) -> str:
    return _HIDDEN.sub(_picture, _LINE_BREAK.sub("\n", text))


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


def marked(shown: Shown, marker: Marker | None) -> SafeString:
    """Visible text as HTML: escaped, coloured, with what was found in <mark>."""
    marks = marker.places(shown.text) if marker else []
    colours = [(one.start, one.end) for one in shown.colours]
    edges = {edge for span in marks + colours for edge in span}
    cuts = sorted({0, len(shown.text), *edges})
    pieces: list[SafeString] = []
    for start, end in pairwise(cuts):
        piece = escape(shown.text[start:end])
        if (found := _covering(colours, start)) is not None:
            classes = shown.colours[found].classes
            piece = format_html('<span class="{}">{}</span>', classes, piece)
        if _covering(marks, start) is not None:
            piece = format_html("<mark>{}</mark>", piece)
        pieces.append(piece)
    return mark_safe("".join(pieces))  # noqa: S308 - every piece is escaped above


def _covering(spans: Sequence[tuple[int, int]], place: int) -> int | None:
    """Which of these spans, in order, goes over a place."""
    index = bisect_right(spans, place, key=itemgetter(0)) - 1
    return index if index >= 0 and place < spans[index][1] else None


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
