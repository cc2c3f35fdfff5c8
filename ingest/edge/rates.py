"""How much a token may send: decisions on token buckets that may go into debt.

A request is let in while its token owes nothing, whatever its size, and is charged when
its size is known. So no request is too large for ever, and the average holds exactly.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ingest.errors import TooMany

SAVED_S: Final = 1.0  # of the rate that a silent token keeps for later
MAX_BUCKETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rates:
    """A second, on average; 0 = any, None = as the site says."""

    entries: int | None
    bytes: int | None

    def over(self, site: Rates) -> Rates:
        return Rates(
            site.entries if self.entries is None else self.entries,
            site.bytes if self.bytes is None else self.bytes,
        )


NO_LIMITS: Final = Rates(0, 0)


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


def wait_s(bucket: Bucket | None, rate: int | None, now: float) -> float:
    """Seconds until nothing is owed any more; 0.0 if a request may come in now."""
    if not rate:
        return 0.0
    return max(0.0, -refilled(bucket, rate, now).level / rate)


class Meter:
    """What each token has sent to this process: in memory, gone with it."""

    def __init__(
        self, site: Rates, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._site = site
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def check(self, token_id: str, own: Rates | None) -> None:
        """Raises TooMany while the token owes entries or bytes."""
        rates = self._rates(own)
        if not (rates.entries or rates.bytes):
            return
        now = self._clock()
        for what, rate in (("entries", rates.entries), ("bytes", rates.bytes)):
            seconds = wait_s(self._buckets.get((token_id, what)), rate, now)
            if seconds > 0:
                raise too_many(what, seconds)

    def charge(self, token_id: str, own: Rates | None, entries: int, size: int) -> None:
        """Note what a request that was let in has brought."""
        rates = self._rates(own)
        self._take((token_id, "entries"), rates.entries, entries)
        self._take((token_id, "bytes"), rates.bytes, size)

    def _rates(self, own: Rates | None) -> Rates:
        return own.over(self._site) if own else self._site

    def _take(self, key: tuple[str, str], rate: int | None, count: int) -> None:
        if not rate:
            return
        bucket = refilled(self._buckets.pop(key, None), rate, self._clock())
        self._buckets[key] = Bucket(bucket.level - count, bucket.at)
        if len(self._buckets) > MAX_BUCKETS:  # the one that was silent longest
            del self._buckets[next(iter(self._buckets))]


def too_many(what: str, seconds: float) -> TooMany:
    message = f"This token has sent more {what} than its rate allows."
    hint = "Wait as long as Retry-After says, or ask for a higher rate."
    return TooMany("rate_limited", message, hint, math.ceil(seconds))
