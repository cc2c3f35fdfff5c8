"""What each token was used for on a day, and by whom, as one process has seen it.

Kept in memory and told elsewhere by whoever runs the edge: no request waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from threading import Lock
from typing import Final

MAX_AGENT: Final = 120  # characters of a User-Agent
MAX_SENDERS: Final = 20  # of one token and day: those that were seen last

Key = tuple[str, date]  # token id, UTC day


@dataclass(frozen=True, slots=True)
class Sender:
    """Where a token is used from, and by what program."""

    address: str
    agent: str


def sender(address: str, agent: str) -> Sender:
    """Both are what a client says: cut, and without what would disturb a page."""
    shown = "".join(
        c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in agent
    )
    return Sender(address, shown[:MAX_AGENT])


@dataclass(slots=True)
class Use:
    """Of one token on one day, since the process began."""

    last: datetime
    entries: int = 0  # that were acknowledged
    size: int = 0  # bytes of bodies that they came in
    senders: dict[Sender, datetime] = field(default_factory=dict)  # when seen last

    def see(self, who: Sender, now: datetime) -> None:
        self.last = now
        self.senders.pop(who, None)
        self.senders[who] = now
        if len(self.senders) > MAX_SENDERS:
            del self.senders[next(iter(self.senders))]


@dataclass(frozen=True, slots=True)
class DayBytes:
    """How much others had of a token's quota on a day, when they were asked."""

    day: date
    size: int

    def on(self, day: date) -> int:
        return self.size if day == self.day else 0


NOTHING: Final = DayBytes(date.min, 0)


class Uses:
    """Of one process; requests and threads note, one teller takes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._uses: dict[Key, Use] = {}
        self._changed: set[Key] = set()

    def saw(self, token_id: str, who: Sender, now: datetime) -> None:
        """Somebody came with this token, whatever became of the request."""
        with self._lock:
            self._of(token_id, now).see(who, now)

    def add(self, token_id: str, now: datetime, entries: int, size: int) -> None:
        """A body was taken: so many entries of it were acknowledged."""
        with self._lock:
            use = self._of(token_id, now)
            use.entries += entries
            use.size += size

    def size_on(self, token_id: str, day: date) -> int:
        use = self._uses.get((token_id, day))
        return use.size if use else 0

    def take_changed(self) -> dict[Key, Use]:
        """What has changed since the last call: sums since the process began."""
        with self._lock:
            changed, self._changed = self._changed, set()
            self._forget(changed)
            return {key: _copy(self._uses[key]) for key in changed}

    def put_back(self, untold: Iterable[Key]) -> None:
        """These could not be told: they come again."""
        with self._lock:
            self._changed |= self._uses.keys() & set(untold)

    def _of(self, token_id: str, now: datetime) -> Use:
        key = token_id, now.astimezone(UTC).date()
        self._changed.add(key)
        return self._uses.setdefault(key, Use(now))

    def _forget(self, changed: set[Key]) -> None:
        """Days that are over and told; only the newest is asked for any more."""
        newest = max((day for _, day in self._uses), default=date.min)
        for key in self._uses.keys() - changed:
            if key[1] < newest:
                del self._uses[key]


def _copy(use: Use) -> Use:
    return replace(use, senders=dict(use.senders))
