"""How far clocks differ: MongoDB's, this machine's, and the brokers'. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

ALLOWED: Final = timedelta(seconds=5)
NONE: Final = timedelta(0)


def machine_skew(before: datetime, theirs: datetime, after: datetime) -> timedelta:
    """How far their clock is ahead of ours, which was read before and after; or behind.

    What may be due to the time that the question took does not count.
    """
    if theirs > after:
        return theirs - after
    return min(NONE, theirs - before)


def earlier(theirs: datetime, skew: timedelta) -> datetime:
    """The time to go by: theirs, or ours where theirs is too far ahead."""
    return theirs - skew if skew > ALLOWED else theirs


@dataclass
class BrokerClocks:
    """What append times say of the brokers' clocks."""

    skew: timedelta = NONE
    _ends: Mapping[int, int] = field(default_factory=dict)
    _at: datetime | None = None

    def look(
        self, now: datetime, ends: Mapping[int, int], newest: Mapping[int, datetime]
    ) -> timedelta:
        """The largest skew that is certain; `newest` are the largest append times.

        What was appended since the last look bears at least that look's time.
        """
        found = [newest[n] - now for n in newest if newest[n] > now]
        if self._at is not None:
            grown = [n for n in newest if ends.get(n, 0) > self._ends.get(n, 0)]
            found += [newest[n] - self._at for n in grown if newest[n] < self._at]
        self._ends, self._at = dict(ends), now
        self.skew = max(found, key=abs, default=NONE)
        return self.skew
