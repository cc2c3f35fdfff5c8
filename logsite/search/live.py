"""The search page in live mode: the newest matches, and the tail that goes on there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ingest.query.filter import LogFilter
from ingest.query.histogram import services
from ingest.query.page import Item
from ingest.query.run import search
from ingest.tail.cursor import after
from logsite.search.forms import SearchForm, canonical_query
from logsite.search.found import PAGE_ROWS, StoreAway, answering
from logsite.search.page import searched
from logsite.search.ranges import ALL_TIME
from logsite.search.rows import rows


@dataclass(frozen=True)
class Latest:
    """Stored matches, oldest first; the tail goes on behind all that was visible."""

    items: list[Item] = field(default_factory=list)
    cursor: str = ""
    services: list[str] | None = None  # None: they could not be read


def latest(wanted: LogFilter) -> Latest:
    """What is stored already; nothing while MongoDB is away, as Kafka may be there."""
    try:
        with answering() as store:
            page = search(store, wanted, limit=PAGE_ROWS)
            return Latest(page.items[::-1], after(page.pinned), services(store))
    except StoreAway:
        return Latest()


def live_part(form: SearchForm, begun: Latest, zone: ZoneInfo) -> dict[str, Any]:
    """The rows to begin with, and what the page asks the socket for."""
    query = canonical_query(form, ALL_TIME)
    asked = {
        "q": form.cleaned_data["q"],
        "service": form.cleaned_data["service"],
        "level": form.cleaned_data["level"],
    }
    given = {name: value for name, value in asked.items() if value}
    return {
        "live": True,
        "within": ALL_TIME,
        "query": query,
        "tail_query": urlencode(given, doseq=True),
        "tail_cursor": begun.cursor,
        "rows": rows(begun.items, zone, searched(form.cleaned_data["q"])),
        "appended": True,
    }
