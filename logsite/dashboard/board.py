"""What the dashboard shows of one span: sums, series, services, recent errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from pymongo.database import Database

from ingest.entry import ERROR_LEVELS
from ingest.mongo import Document
from ingest.query.filter import LogFilter
from ingest.query.histogram import newest
from ingest.query.page import Item
from ingest.query.run import search
from logsite.dashboard.spans import Span
from logsite.search.forms import zulu
from stats import queries
from stats.queries import Sums, Window

LATE_S: Final = 60  # behind by more: say so
RECENT: Final = 10  # errors that are listed
SHOWN_SERVICES: Final = 12  # the largest; the others are one row


@dataclass(frozen=True)
class Service:
    """One row of the share by service; several small services may share one."""

    name: str  # empty: all others
    sums: Sums
    share: float  # of all entries, 0 to 1
    query: str  # what searches for its entries
    others: int = 0


@dataclass(frozen=True)
class Board:
    """All that one page of the dashboard needs."""

    span: Span
    all: Sums
    services: list[Service]
    service_count: int
    chart: dict[str, Any]
    errors: list[Item]
    complete_to: datetime | None
    nothing_stored: bool

    @property
    def rate_s(self) -> float:
        """Entries a second, over the part of the span that has passed."""
        return self.all.total / self.span.seconds

    @property
    def behind_s(self) -> float | None:
        if self.complete_to is None:
            return None
        return max(0.0, (self.span.now - self.complete_to).total_seconds())

    @property
    def is_late(self) -> bool:
        return self.behind_s is None or self.behind_s > LATE_S

    @property
    def query(self) -> str:
        return search_query(self.span)

    @property
    def errors_query(self) -> str:
        return search_query(self.span, level=ERROR_LEVELS)


def read(db: Database[Document], span: Span) -> Board:
    """Count and list; the rollups' time is read first, so nothing is overstated."""
    complete_to = queries.complete_to(db)
    windows = queries.windows(db, span.width, span.start, span.end)
    services = queries.sums(db, span.start, span.end)
    wanted = LogFilter(levels=ERROR_LEVELS, start=span.start)
    return Board(
        span=span,
        all=queries.all_of(services),
        services=shares(span, services),
        service_count=len(services),
        chart=chart(span, windows, complete_to),
        errors=search(db, wanted, limit=RECENT).items,
        complete_to=complete_to,
        nothing_stored=not services and newest(db, LogFilter()) is None,
    )


def shares(span: Span, services: list[Sums]) -> list[Service]:
    """The largest services first; those that are too many are one row at the end."""
    total = queries.all_of(services).total
    cut = len(services) if len(services) <= SHOWN_SERVICES else SHOWN_SERVICES - 1
    rows = [
        Service(
            one.service, one, one.total / total, search_query(span, service=one.service)
        )
        for one in services[:cut]
    ]
    if others := services[cut:]:
        rest = queries.all_of(others)
        share = rest.total / total
        rows.append(Service("", rest, share, search_query(span), len(others)))
    return rows


def chart(
    span: Span, windows: Iterable[Window], complete_to: datetime | None
) -> dict[str, Any]:
    """The series of both charts, for the script that draws them."""
    return {
        "start": zulu(span.start),
        "end": zulu(span.end),
        "step_s": int(span.width.length.total_seconds()),
        "complete_to": zulu(complete_to) if complete_to else None,
        "rows": [
            {
                "start": zulu(window.start),
                "levels": window.levels,
                "total": window.total,
                "errors": window.errors,
            }
            for window in windows
        ],
    }


def search_query(span: Span, **filters: str | tuple[str, ...]) -> str:
    """The query string that finds the entries of a span."""
    bounds = {"from": zulu(span.start), "to": zulu(span.end)}
    return urlencode({**filters, **bounds}, doseq=True)
