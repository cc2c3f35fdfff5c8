"""How far a search has come, told now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ingest.query.cursor import Cursor, encode
from ingest.query.filter import LogFilter
from ingest.query.page import Item, Page


@dataclass(frozen=True)
class Progress:
    """What a search knows after some of its steps; the last one has the page."""

    examined: int
    reached: datetime | None  # all that is newer was looked at; None: nothing yet
    matched: int  # at least so many, those of the pages before included
    items: list[Item]  # since the one before, in the order of the page
    rest: Cursor  # of a search that goes on here
    asked: LogFilter
    page: Page | None = None

    def next(self) -> str:
        """The cursor with which a search goes on here."""
        return encode(self.rest, self.asked)


def paced(
    steps: Iterator[Progress],
    every_s: float,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Progress]:
    """Fewer of them: what came in between is in the next."""
    items: list[Item] = []
    due = clock() + every_s
    for step in steps:
        items += step.items
        if step.page or clock() >= due:
            yield replace(step, items=items)
            items, due = [], clock() + every_s
