"""A line of key=value pairs -> its fields; only lines that name a message count."""

from __future__ import annotations

import re
from typing import Final

_PAIR: Final = re.compile(
    r'\s*(?P<key>[A-Za-z_@][\w.@/\-]*)=(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<bare>[^\s"]*))'
    r"(?=\s|$)"
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
_ESCAPED: Final = re.compile(r"\\(.)")
MESSAGE: Final = ("msg", "message")
TIME: Final = ("time", "ts", "timestamp")
LEVEL: Final = ("level", "lvl", "severity")


def read_pairs(line: str) -> dict[str, str] | None:
    """All pairs of a line; None if it is not only pairs, or has no message."""
    pairs: dict[str, str] = {}
    place, end = 0, len(line.rstrip())
    while place < end:
        match = _PAIR.match(line, place)
        if match is None:
            return None
        pairs[match["key"]] = _text(match)
        place = match.end()
    return pairs if any(pairs.get(name) for name in MESSAGE) else None


def take(pairs: dict[str, str], names: tuple[str, ...]) -> str | None:
    """The value of the first of the names that is there, taken out."""
    found = next((name for name in names if pairs.get(name)), None)
    return pairs.pop(found) if found else None


def _text(match: re.Match[str]) -> str:
    quoted = match["quoted"]
    if quoted is None:
        return str(match["bare"])
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), quoted)
