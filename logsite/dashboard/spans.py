"""How far back the dashboard looks, and how wide its windows are then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stats.windows import FIVE_MINUTES, HOUR, MINUTE, Width, around

LENGTHS: Final = {
    "1h": (timedelta(hours=1), MINUTE),
    "6h": (timedelta(hours=6), FIVE_MINUTES),
    "24h": (timedelta(days=1), FIVE_MINUTES),
    "7d": (timedelta(days=7), HOUR),
}
DEFAULT: Final = "1h"


@dataclass(frozen=True)
class Span:
    """Whole windows up to the one that holds `now`, which is not over yet."""

    key: str
    width: Width
    start: datetime
    end: datetime
    now: datetime

    @property
    def seconds(self) -> float:
        """Of what is over already."""
        return (self.now - self.start).total_seconds()


def span(key: str, now: datetime) -> Span:
    """The span that a key names; an unknown one counts as not given."""
    key = key if key in LENGTHS else DEFAULT
    length, width = LENGTHS[key]
    windows = around(width, now - length, now)
    return Span(key, width, windows.start, windows.end, now)
