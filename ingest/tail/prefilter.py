"""Leaves out messages that no filter can match, before they are decoded. Pure.

Only where bytes decide: a word that every match holds, in a message that is all ASCII
and spells no character in another way, stands there as it is but for its case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ingest.query.match import Matcher
from ingest.query.narrow import literals

# Quotes, blanks and line breaks may be escaped in JSON; these never are.
_WORD: Final = re.compile(rb"\w+", re.ASCII)
_SPELT: Final = b"\\u"  # \u0063ard


def needles(matchers: Iterable[Matcher]) -> frozenset[bytes] | None:
    """A word of each filter; None if one of them may match without any."""
    found = {_needle(matcher) for matcher in matchers}
    return None if None in found else frozenset(filter(None, found))


def _needle(matcher: Matcher) -> bytes | None:
    return next(filter(_WORD.fullmatch, literals(matcher.query)), None)


def may_match(value: bytes, wanted: frozenset[bytes]) -> bool:
    """Whether a message has to be decoded."""
    if not value.isascii() or _SPELT in value:
        return True
    folded = value.lower()
    return any(needle in folded for needle in wanted)
