"""What a simulated service is made of: what it says, how often, and when in trouble."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from random import Random
from typing import Any, Final

from ingest.entry import LogEntry

USERS: Final = (
    *("ann", "ben", "chloe", "dara", "emil", "fatma", "goran", "hana", "ines"),
    *("jun", "kofi", "lena", "minho", "nadia", "oscar", "petra", "ravi", "sora"),
)
_REQUESTS_PER_S: Final = 40  # different ids in one second: services share requests


@dataclass(frozen=True, slots=True)
class Visit:
    """What the services know of the request that they work on."""

    random: Random
    request_id: str
    user: str

    def latency_ms(self, usual: float) -> int:
        """Most are near the usual, some take many times as long."""
        return max(1, round(self.random.lognormvariate(0, 0.6) * usual))

    def address(self) -> str:
        """Out of the ranges that documentation may use."""
        network = self.random.choice(("192.0.2", "198.51.100", "203.0.113"))
        return f"{network}.{self.random.randrange(1, 255)}"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a service has to say."""

    level: str
    message: str
    metadata: dict[str, Any]


Speaker = Callable[[Visit], Said]


class Repertoire:
    """Things to say, with how often each is said."""

    def __init__(self, speakers: Mapping[Speaker, float]) -> None:
        self._speakers = list(speakers)
        self._weights = list(accumulate(speakers.values()))

    def choose(self, random: Random) -> Speaker:
        return random.choices(self._speakers, cum_weights=self._weights)[0]


@dataclass(frozen=True, slots=True)
class Service:
    """One simulated service. In an episode half of what it says is about it."""

    name: str
    instances: tuple[str, ...]
    share: float  # of all entries, at its busiest hour
    peak_hour: float  # UTC
    usual: Repertoire
    episodes: Mapping[str, Repertoire]

    def entry(self, random: Random, now: datetime, episode: str | None) -> LogEntry:
        """One entry of this service at this time."""
        visit = _visit(random, now)
        troubled = episode is not None and random.random() < 0.5
        repertoire = self.episodes[episode] if troubled and episode else self.usual
        said = repertoire.choose(random)(visit)
        metadata = {
            "host": random.choice(self.instances),
            "request_id": visit.request_id,
            **said.metadata,
        }
        return LogEntry(now, said.level, self.name, said.message, metadata)


def _visit(random: Random, now: datetime) -> Visit:
    number = int(now.timestamp()) * _REQUESTS_PER_S + random.randrange(_REQUESTS_PER_S)
    mixed = number * 0x9E3779B97F4A7C15 & (2**64 - 1)
    return Visit(random, f"{mixed:016x}", USERS[mixed % len(USERS)])
