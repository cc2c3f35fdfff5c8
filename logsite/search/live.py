"""The search page in live mode: the newest matches, and the tail that goes on there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ingest.errors import QueryError
from ingest.query.between import Between
from ingest.query.filter import LogFilter
from ingest.query.histogram import services
from ingest.query.page import Item
from ingest.query.run import search
from ingest.query.visible import pin
from ingest.tail.cursor import Cursor, after, decode, vector
from logsite.search.columns import seen
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


def readable(cursor: str) -> str:
    """The cursor of an address, or none where it makes no sense."""
    try:
        vector(cursor)
    except QueryError:
        return ""
    return cursor


def latest(wanted: LogFilter, cursor: str = "") -> Latest:
    """What is stored already; nothing while MongoDB is away, as Kafka may be there.

    With the cursor of a tail it is what lies before it: the tail goes on there.
    """
    known, before = decode(cursor) if cursor else {}, Between(upto=vector(cursor))
    try:
        with answering() as store:
            visible = pin(store).named()
            page = search(store, replace(wanted, between=before), limit=PAGE_ROWS)
            begun = joined(known, visible) if known else after(page.pinned)
            return Latest(page.items[::-1], begun, services(store))
    except StoreAway:
        return Latest(cursor=cursor)


def joined(known: Cursor, visible: Mapping[str, int]) -> str:
    """Where the tail goes on: what search cannot show yet comes from Kafka, too.

    A partition of which nothing is stored begins at its start.
    """
    begun: dict[str, int] = {}
    for (life, partition), at in known.items():
        name = f"{life:08x}:{partition}"
        if name in visible:
            begun[name] = min(at - 1, visible[name])
        else:  # of a generation that has only begun: the one before it
            ended = {n: v for n, v in visible.items() if n.endswith(f":{partition}")}
            begun.update(ended)
    return after(begun)


def live_part(form: SearchForm, begun: Latest, zone: ZoneInfo) -> dict[str, Any]:
    """The rows to begin with, and what the page asks the socket for."""
    query = canonical_query(form, ALL_TIME)
    asked = {
        "q": form.cleaned_data["q"],
        "service": form.cleaned_data["service"],
        "level": form.cleaned_data["level"],
    }
    columns = form.cleaned_data["columns"]
    given = {name: value for name, value in asked.items() if value}
    return {
        "live": True,
        "within": ALL_TIME,
        "query": query,
        "tail_query": urlencode(given, doseq=True),
        "tail_cursor": begun.cursor,
        "rows": rows(begun.items, zone, searched(asked["q"]), columns=columns),
        "columns": columns,
        "seen": seen(begun.items, columns),
        "appended": True,
    }
