"""The matches of a search in groups: by the template of their messages.

All of them are grouped if time allows. Else it is a sample: stretches are read in
random order, so that it is one of the whole range, and its share is said.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

import numpy as np
from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from ingest.fold.block import to_datetime, to_ms
from ingest.mongo import Document
from ingest.query.budget import Allowance, Budget
from ingest.query.entries import Expired
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.query.page import Matched
from ingest.query.reading import Reader
from ingest.query.templates import Template, Templates, query_of
from ingest.query.visible import pin
from ingest.query.walk import Stretch

ALLOWED: Final = Allowance(seconds=3.0, entries=10**9)
TREND_BARS: Final = 30
CHECK_EVERY: Final = 64  # matches; then the time is looked at


@dataclass(frozen=True)
class Pattern:
    """Messages of one template, as far as they were grouped."""

    template: str
    count: int
    share: float  # of all that were grouped
    levels: dict[str, int]
    services: dict[str, int]
    first: datetime
    last: datetime
    trend: list[int]  # counts from the start of the range to its end
    query: str  # a search text that finds them
    newest: str  # id of one of them


@dataclass(frozen=True)
class Patterns:
    """What the matches have in common, the most frequent first."""

    items: list[Pattern]
    total: int  # patterns, also those that are not among the items
    grouped: int  # entries
    matched: Matched
    sampled: float  # share of what may match that was looked at; 1: all of it
    examined: int
    start: datetime | None  # of the trends
    end: datetime | None


def patterns(
    db: Database[Document],
    log_filter: LogFilter,
    limit: int = 100,
    allowance: Allowance = ALLOWED,
) -> Patterns:
    """The most frequent patterns of the matches. QueryError as for a search."""
    grouping = Grouping(db, log_filter, allowance)
    for _ in grouping.run():
        pass
    return grouping.patterns(limit)


class Grouping:
    """Patterns in the making; each step of `run` is one stretch."""

    def __init__(
        self, db: Database[Document], log_filter: LogFilter, allowance: Allowance
    ) -> None:
        self.filter = log_filter
        self.reader = Reader(db, Matcher(log_filter), pin(db, log_filter.between))
        self.allowance = allowance
        self.budget = Budget(allowance)
        self.templates = Templates()
        self.groups: dict[Template, _Group] = {}
        self.grouped = 0
        self.to_examine = 0
        self.complete = False

    def run(self) -> Iterator[Grouping]:
        try:
            stretches = [one for one in self.reader.stretches() if one.block]
            self.to_examine = sum(_size(one) for one in stretches)
            # Always in the same order: asked again, the answer is the same.
            Random(0).shuffle(stretches)
            self.budget = Budget(self.allowance)
            yield self
            for stretch in stretches:
                if not self._look_at(stretch):
                    return
                yield self
        except ExecutionTimeout:
            return
        self.complete = True

    def _look_at(self, stretch: Stretch) -> bool:
        """False once the time is over."""
        try:
            for number, entry in enumerate(self.reader.matches(stretch)):
                if number % CHECK_EVERY == 0 and self.budget.spent():
                    return False
                self._add(entry)
        except Expired:
            pass  # these are gone: nothing is left to group
        self.budget.examined += _size(stretch)
        return self.budget.spent() is None

    def _add(self, entry: Document) -> None:
        template = self.templates.of(entry["message"])
        group = self.groups.get(template)
        if group is None:
            group = self.groups[template] = _Group()
        group.add(entry)
        self.grouped += 1

    def patterns(self, limit: int) -> Patterns:
        merged = self._merged()
        start, end = self._bounds(merged.values())
        frequent = sorted(merged.items(), key=lambda one: -len(one[1].times))
        items = [
            group.pattern(text, self.grouped, start, end)
            for text, group in frequent[:limit]
        ]
        return Patterns(
            items=items,
            total=len(merged),
            grouped=self.grouped,
            matched=Matched(self.grouped, self.complete),
            sampled=1.0 if self.complete else self._share(),
            examined=self.budget.examined,
            start=to_datetime(start) if merged else None,
            end=to_datetime(end) if merged else None,
        )

    def _share(self) -> float:
        return self.budget.examined / self.to_examine if self.to_examine else 0.0

    def _merged(self) -> dict[str, _Group]:
        """Templates that have become the same are one."""
        merged: dict[str, _Group] = {}
        for template, group in self.groups.items():
            same = merged.setdefault(template.text, _Group())
            same.take(group)
            same.plain = same.plain and template.plain
            same.cut = same.cut or template.cut
        return merged

    def _bounds(self, groups: Iterable[_Group]) -> tuple[int, int]:
        asked, times = self.filter, [time for one in groups for time in one.edges()]
        start = to_ms(asked.start) if asked.start else min(times, default=0)
        end = to_ms(asked.end) if asked.end else max(times, default=0) + 1
        return start, max(end, start + 1)


class _Group:
    """The entries of one template."""

    def __init__(self) -> None:
        self.times = array("q")  # in ms
        self.levels: Counter[str] = Counter()
        self.services: Counter[str] = Counter()
        self.newest = (0, b"")
        self.plain = True
        self.cut = False

    def add(self, entry: Document) -> None:
        time = to_ms(entry["timestamp"])
        self.times.append(time)
        self.levels[entry["level"]] += 1
        self.services[entry["service"]] += 1
        self.newest = max(self.newest, (time, bytes(entry["_id"])))

    def take(self, other: _Group) -> None:
        self.times += other.times
        self.levels += other.levels
        self.services += other.services
        self.newest = max(self.newest, other.newest)

    def edges(self) -> tuple[int, int]:
        return min(self.times), max(self.times)

    def pattern(self, text: str, grouped: int, start: int, end: int) -> Pattern:
        first, last = self.edges()
        trend, _ = np.histogram(self.times, bins=TREND_BARS, range=(start, end))
        return Pattern(
            template=text,
            count=len(self.times),
            share=len(self.times) / grouped,
            levels=dict(self.levels.most_common()),
            services=dict(self.services.most_common()),
            first=to_datetime(first),
            last=to_datetime(last),
            trend=trend.tolist(),
            query=query_of(text, plain=self.plain, cut=self.cut),
            newest=self.newest[1].hex(),
        )


def _size(stretch: Stretch) -> int:
    return stretch.block.offsets if stretch.block else 0
