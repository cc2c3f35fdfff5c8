"""Turns: few heavy searches at a time, in the order in which they came.

A search reads and compares in this process, which takes in entries, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition
from typing import Final, TypeVar

from ingest import metrics
from ingest.errors import Refused

Step = TypeVar("Step")
TELL_S: Final = 0.25  # how often one that waits is told its place
RETRY_S: Final = 5


class Crowded(Refused):
    """More searches wait than ever get their turn in good time."""

    status = 503


@dataclass(frozen=True)
class Waiting:
    """It is the turn of others: so many are before this one."""

    before: int


class Turns:
    """Who is heavy now, and who waits for it."""

    def __init__(self, at_once: int, in_line: int) -> None:
        self.at_once = at_once
        self.in_line = in_line
        self._changed = Condition()
        self._line: list[object] = []  # first those whose turn it is

    def take(
        self,
        steps: Iterator[Step],
        light_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> Iterator[Step | Waiting]:
        """The steps of a search; once it is heavy, only while it is its turn."""
        heavy_at = clock() + light_s
        for step in steps:
            yield step
            if clock() >= heavy_at:
                break
        else:
            return
        yield from self.queue(lambda: steps)

    def queue(self, heavy: Callable[[], Iterator[Step]]) -> Iterator[Step | Waiting]:
        """What begins when it is its turn."""
        with self._place() as place:
            while before := self._before(place, TELL_S):
                yield Waiting(before)
            yield from heavy()

    @contextmanager
    def _place(self) -> Iterator[object]:
        place = object()
        with self._changed:
            if len(self._line) >= self.at_once + self.in_line:
                raise crowded()
            self._line.append(place)
            self._tell()
        try:
            yield place
        finally:
            with self._changed:
                self._line.remove(place)
                self._tell()
                self._changed.notify_all()

    def _before(self, place: object, patience_s: float) -> int:
        """How many have to end first; waits a while for there to be none."""

        def ahead() -> int:
            return max(0, self._line.index(place) + 1 - self.at_once)

        with self._changed:
            self._changed.wait_for(lambda: not ahead(), patience_s)
            return ahead()

    def _tell(self) -> None:
        waiting = max(0, len(self._line) - self.at_once)
        metrics.gauge("search_turns", len(self._line) - waiting, state="running")
        metrics.gauge("search_turns", waiting, state="waiting")


def crowded() -> Crowded:
    return Crowded(
        "search_busy",
        "Too many searches that read much wait for their turn.",
        "Try again soon, or ask for less: a shorter range, a service, a rarer word.",
        RETRY_S,
    )
