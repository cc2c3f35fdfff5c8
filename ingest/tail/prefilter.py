"""Leaves out messages that a filter cannot match, before it is asked. Pure.

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


def needle(matcher: Matcher) -> bytes | None:
    """A word that every match holds; None if one may match without any."""
    return next(filter(_WORD.fullmatch, literals(matcher.query)), None)


def folded(value: bytes) -> bytes | None:
    """A message as needles are looked for in it; None if its bytes do not decide."""
    return None if _SPELT in value or not value.isascii() else value.lower()


def may_match(text: bytes | None, wanted: Iterable[bytes | None]) -> bool:
    """Whether a filter with one of these needles has to be asked about a message."""
    return text is None or any(one is None or one in text for one in wanted)
