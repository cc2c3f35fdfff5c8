"""Leaves out messages that a filter cannot match, before they are decoded. Pure.

Only where bytes decide: a word that every match holds, in a message that is all ASCII
and spells no character in another way, stands there as it is but for its case.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from ingest.query.match import Matcher
from ingest.query.narrow import literals

# Quotes, blanks and line breaks may be escaped in JSON; these never are.
_WORD: Final = re.compile(rb"\w+", re.ASCII)
_SPELT: Final = b"\\u"  # \u0063ard


def needle(matcher: Matcher) -> bytes | None:
    """A word that every match holds; None if one may match without any."""
    return next(filter(_WORD.fullmatch, literals(matcher.query)), None)


class Texts:
    """Messages side by side: a word is looked for in all of them at once."""

    def __init__(self, values: Sequence[bytes]) -> None:
        joined = b"\n".join(values)
        self._folded = joined.lower()
        self._ends = list(accumulate(len(value) + 1 for value in values))
        self._undecided = [] if _decides(joined) else _undecided(values)

    def places(self, wanted: bytes | None) -> Sequence[int]:
        """Which messages a filter with this needle has to be asked about."""
        if wanted is None:
            return range(len(self._ends))
        found, ends = set(self._undecided), self._ends
        at = self._folded.find(wanted)
        while at >= 0:
            place = bisect_right(ends, at)
            found.add(place)
            at = self._folded.find(wanted, ends[place])
        return sorted(found)


def _undecided(values: Sequence[bytes]) -> list[int]:
    return [place for place, value in enumerate(values) if not _decides(value)]


def _decides(value: bytes) -> bool:
    return value.isascii() and _SPELT not in value
