"""The labels of a stream as Loki writes them: `{app="shop", env="prod"}`."""

from __future__ import annotations

import re
from typing import Final

from ingest.errors import BadEntry

_PAIR: Final = re.compile(
    r"\s*(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"
    r'(?:"(?P<quoted>(?:[^"\\\n]|\\.)*+)"|`(?P<raw>[^`]*)`)\s*(?P<end>,|$)'
)
_ESCAPE: Final = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))",
    re.DOTALL,
)
# Go's, in which senders quote.
_LETTERS: Final = dict(zip("abfnrtv\\\"'", "\a\b\f\n\r\t\v\\\"'", strict=True))


def read_labels(text: str) -> dict[str, str]:
    """Labels by name; raises BadEntry for what is no set of labels."""
    inside = text.strip()
    if not (inside.startswith("{") and inside.endswith("}")):
        raise _bad(text, "it is not in braces")
    inside = inside[1:-1].rstrip().removesuffix(",")
    labels: dict[str, str] = {}
    place = 0
    while place < len(inside):
        pair = _PAIR.match(inside, place)
        if pair is None or (pair["end"] and pair.end() == len(inside)):
            raise _bad(text, f'at character {place + 1} there is no name="value"')
        labels[pair["name"]] = _value(pair, text)
        place = pair.end()
    return labels


def _value(pair: re.Match[str], text: str) -> str:
    if (raw := pair["raw"]) is not None:
        return raw
    quoted = pair["quoted"]
    if "\\" not in quoted:
        return quoted
    try:
        value = _ESCAPE.sub(_character, quoted)
        value.encode()  # half a character is none
    except (KeyError, ValueError, OverflowError):
        raise _bad(text, f"the value of {pair['name']} has a bad escape") from None
    return value


def _character(escape: re.Match[str]) -> str:
    byte, short, long, octal, letter = escape.groups()
    if letter is not None:
        return _LETTERS[letter]
    return chr(int(octal, 8) if octal else int(byte or short or long, 16))


def _bad(text: str, reason: str) -> BadEntry:
    return BadEntry("bad_labels", f"The labels {text[:200]} cannot be read: {reason}.")
