"""What a search text is made of: phrases, expressions, names, and bare pieces. Pure."""

from __future__ import annotations

import re
from typing import Final

from ingest.entry import Level
from ingest.formats.levels import read_level
from ingest.query.tree import Glob, Words

PHRASE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
# Nothing may follow but a blank or the end of a group: paths are no expressions.
REGEX: Final = re.compile(
    r"/((?![/*\s])(?:[^/\\]|\\.)*(?<!\s))/(i?)(?=[\s)]|$)", re.DOTALL
)
# A name begins with a letter, and something follows that is no address or path:
# 10:00:01, http://host, C:\path, std::string and `error: text` are text.
NAME: Final = re.compile(
    r"(?![A-Za-z]:\\)([^\W\d][\w@$#-]*(?:\.[\w@$#-]+)*):(?![\s:]|//|$)"
)
OPERATOR: Final = re.compile(r"(AND|OR|NOT)(?=[\s()]|$)")
# `--force`, `->` and a lone `-` exclude nothing: they are common in log lines.
MINUS: Final = re.compile(r"-(?=[^-\s>])")
# What stands behind the NOT of a log line: FILE NOT FOUND, but not NOT host:x.
_BEHIND: Final = re.compile(r"\s+(\w[\w.,;!?'-]+:?)(?=[\s)]|$)")
_BRACKETED: Final = re.compile(r"\[([A-Za-z]{3,})\]")
_ESCAPED: Final = re.compile(r'\\([\\"()*:/<>=-])')
_STARS: Final = re.compile(r"((?<!\\)(?:\\\\)*)\*+")
_PLAIN: Final = re.compile(r"\w+(?:[.-]\w+)*")


def bare(text: str, at: int, groups: bool) -> str:
    """The piece that begins here: up to a blank, or to the end of its group."""
    end, inside = at, 0
    while end < len(text) and not text[end].isspace():
        if text[end] == "(":
            inside += 1
        elif text[end] == ")" and groups:
            inside -= 1
        if inside < 0:
            break
        end += 2 if _ESCAPED.match(text, end) else 1
    return text[at:end]


def is_shouted(text: str, start: int, end: int) -> bool:
    """Whether the operator there is a word among words in capitals, as in log lines.

    At the start of a text it counts as one among them.
    """
    behind = _BEHIND.match(text, end)
    if behind is None or not behind[1].isupper() or OPERATOR.fullmatch(behind[1]):
        return False
    before = next(iter(text[:start].split()[-1:]), "")
    is_syntax = OPERATOR.fullmatch(before) or before.startswith("-")
    return not (is_syntax or set(before) & set('"()') or before != before.upper())


def unescaped(text: str) -> str:
    """A bare piece without the backslashes before what would mean something."""
    return _ESCAPED.sub(r"\1", text)


def phrase(found: re.Match[str]) -> str:
    """What stands between the quotes."""
    return re.sub(r"\\([\"\\])", r"\1", found[1])


def level_in(piece: str) -> Level | None:
    """The level that a pasted [notice] says; it may stand apart from the message."""
    found = _BRACKETED.fullmatch(piece)
    return read_level(found[1]) if found else None


def text_test(piece: str) -> Words | Glob | None:
    """What a bare piece asks of a text; None if there is no word in it."""
    parts = tuple(map(unescaped, _STARS.sub(r"\1" + "\n", piece).split("\n")))
    if len(parts) > 1 and any(Words.of(part).runs for part in parts):
        return Glob(parts)
    words = Words.of(unescaped(piece))
    return words if words.runs else None


def quoted(text: str) -> str:
    """Text as a piece that means nothing but itself."""
    if _PLAIN.fullmatch(text) and not OPERATOR.fullmatch(text):
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def starred(parts: tuple[str, ...]) -> str:
    """A bare piece with `*` between the parts."""
    return "*".join(re.sub(r'([\\"()*:/<>=-])', r"\\\1", part) for part in parts)
