"""How much a token may send: token buckets that may go into debt, and a day's quota.

A request is let in while its token owes nothing, whatever its size, and is charged when
its size is known. So no request is too large for ever, and the average holds exactly.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import Final

from ingest.edge.uses import NOTHING, DayBytes, Uses
from ingest.errors import TooMany

SAVED_S: Final = 1.0  # of the rate that a silent token keeps for later
MAX_BUCKETS: Final = 10_000
MAX_WAIT_S: Final = 3600  # a quota may be raised before the day is over


@dataclass(frozen=True, slots=True)
class Rates:
    """A second, on average, and on a UTC day; 0 = any, None = as the site says."""

    entries: int | None = None
    bytes: int | None = None
    bytes_per_day: int | None = None

    def over(self, site: Rates) -> Rates:
        return Rates(
            _first(self.entries, site.entries),
            _first(self.bytes, site.bytes),
            _first(self.bytes_per_day, site.bytes_per_day),
        )


def _first(own: int | None, other: int | None) -> int | None:
    return other if own is None else own


NO_LIMITS: Final = Rates(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What may be taken at a time of a monotonic clock; below zero it is owed."""

    level: float
    at: float


def refilled(bucket: Bucket | None, rate: int, now: float) -> Bucket:
    """The bucket as it is now; a new one is full."""
    full = rate * SAVED_S
    if bucket is None:
        return Bucket(full, now)
    return Bucket(min(full, bucket.level + rate * (now - bucket.at)), now)


def owed(bucket: Bucket | None, rate: int | None, now: float) -> float:
    """What was sent beyond the rate; 0.0 if a request may come in now."""
    return max(0.0, -refilled(bucket, rate, now).level) if rate else 0.0


class Meter:
    """What each token has sent to this process: in memory, gone with it."""

    def __init__(
        self,
        site: Rates,
        uses: Uses | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._site = site
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self.uses = uses or Uses()

    def check(
        self,
        token_id: str,
        own: Rates | None,
        utc: datetime,
        elsewhere: DayBytes = NOTHING,
    ) -> None:
        """Raises TooMany while the token owes something, or its day is used up."""
        rates = self._rates(own)
        if not (rates.entries or rates.bytes or rates.bytes_per_day):
            return
        now = self._clock()
        for what, rate in (("entries", rates.entries), ("bytes", rates.bytes)):
            debt = owed(self._buckets.get((token_id, what)), rate, now)
            if rate and debt > 0:
                raise too_fast(what, rate, debt)
        day = utc.date()
        used = self.uses.size_on(token_id, day) + elsewhere.on(day)
        if rates.bytes_per_day and used >= rates.bytes_per_day:
            raise used_up(rates.bytes_per_day, used, utc)

    def charge(self, token_id: str, own: Rates | None, entries: int, size: int) -> None:
        """Note what a request that was let in has brought."""
        rates = self._rates(own)
        self._take((token_id, "entries"), rates.entries, entries)
        self._take((token_id, "bytes"), rates.bytes, size)

    def took(self, token_id: str, utc: datetime, entries: int, size: int) -> None:
        """Count an acknowledged request: what was refused costs nothing of the day."""
        if entries:
            self.uses.add(token_id, utc, entries, size)

    def _rates(self, own: Rates | None) -> Rates:
        return own.over(self._site) if own else self._site

    def _take(self, key: tuple[str, str], rate: int | None, count: int) -> None:
        if not rate:
            return
        bucket = refilled(self._buckets.pop(key, None), rate, self._clock())
        self._buckets[key] = Bucket(bucket.level - count, bucket.at)
        if len(self._buckets) > MAX_BUCKETS:  # the one that was silent longest
            del self._buckets[next(iter(self._buckets))]


def too_fast(what: str, rate: int, debt: float) -> TooMany:
    message = (
        f"This token may send {rate:,} {what} a second, on average, "
        f"and has sent {math.ceil(debt):,} more."
    )
    hint = "Wait as long as Retry-After says, or ask for a higher rate."
    return TooMany("rate_limited", message, hint, math.ceil(debt / rate))


def used_up(quota: int, used: int, now: datetime) -> TooMany:
    """Until the day is over, or an hour: whoever comes back then may be told again."""
    midnight = datetime.combine(now.date() + timedelta(days=1), time_of_day(), UTC)
    wait_s = math.ceil((midnight - now).total_seconds())
    message = (
        f"This token may send {quota:,} bytes on a UTC day and has sent {used:,} today."
    )
    hint = (
        f"Its quota begins anew at {midnight:%Y-%m-%dT%H:%MZ}; or ask for a higher one."
    )
    return TooMany("quota_exceeded", message, hint, max(1, min(wait_s, MAX_WAIT_S)))
