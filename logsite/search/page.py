"""What the templates of the search page are given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from ingest.entry import LEVELS
from ingest.query.fields import name_of
from ingest.query.grammar import parse
from ingest.query.match import Matcher
from ingest.query.page import Page
from ingest.query.refining import condition_on
from ingest.query.tree import METADATA, SERVICE, Has, leaves
from logsite.search.columns import seen
from logsite.search.empty import Empty
from logsite.search.forms import SearchForm, canonical_query, zulu
from logsite.search.found import Found
from logsite.search.ranges import ALL_TIME, LABELS, TimeRange, shortest_with
from logsite.search.rows import BADGES, rows
from logsite.search.visible import Marker, marker

LATE_S: Final = 10  # seconds behind from which a page speaks of it


@dataclass(frozen=True)
class Choice:
    """One line of a filter."""

    value: str
    label: str
    chosen: bool
    condition: str  # that a search text would name it by
    excluded: bool  # as the button beside it writes it into the text


def frame(
    form: SearchForm, zone: ZoneInfo, services: Iterable[str] | None = None
) -> dict[str, Any]:
    """The form around the results; works for a form that is not valid, too.

    Without `services` nobody knows which there are.
    """
    chosen = form.asked_for("service")
    names = sorted({*(services or ()), *filter(None, chosen)}, key=str.casefold)
    levels = form.asked_for("level")
    asked = " ".join(form.asked_for("q")).split()
    return {
        "form": form,
        "zone": zone,
        "ranges": LABELS.items(),
        "levels": [
            _choice(level, BADGES[level], levels, f"level:{level.lower()}", asked)
            for level in reversed(LEVELS)
        ],
        "services": [
            _choice(name, name, chosen, condition_on(SERVICE, name), asked)
            for name in names
        ],
        "services_known": services is not None,
    }


def _choice(
    value: str, label: str, chosen: list[str], condition: str, asked: list[str]
) -> Choice:
    return Choice(value, label, value in chosen, condition, f"-{condition}" in asked)


def results(
    form: SearchForm, within: TimeRange, found: Found, now: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    """A page of entries, the line above it, and the reasons when it is empty."""
    return {
        "found": found,
        "freshness": found.freshness,
        "within": within,
        "asked_at": zulu(now),
        "query": canonical_query(form, within),
        "chart_query": canonical_query(form, fixed(within, now)),
        "reads_all": not Matcher(form.log_filter(within)).query.is_empty,
        "bounds": bounds(within, now),
        "seen": seen(found.page.items, form.cleaned_data["columns"]),
        **empty_part(form, found.empty, now),
        **list_part(form, within, found.page, zone),
    }


def empty_part(form: SearchForm, empty: Empty | None, now: datetime) -> dict[str, Any]:
    """Why nothing was found, and what may be tried; nothing if something was."""
    if empty is None:
        return {}
    newest = empty.elsewhere and empty.elsewhere.newest
    return {
        "empty": empty,
        "widen": widened(form, newest, now) if newest else "",
        "everywhere": canonical_query(form, ALL_TIME),
        "fields": read_as_fields(form.cleaned_data["q"]),
    }


def list_part(
    form: SearchForm,
    within: TimeRange,
    page: Page,
    zone: ZoneInfo,
    above: date | None = None,
) -> dict[str, Any]:
    """The rows of one page and the address of those below them."""
    asked = form.cleaned_data
    made = rows(page.items, zone, searched(asked["q"]), above, asked["columns"])
    last_day = made[-1].at.date() if made else above
    older = older_query(form, within, page.next, last_day) if page.next else ""
    return {
        "rows": made,
        "columns": asked["columns"],
        "older": older,
        "page": page,
        "goes_on": goes_on(page),
    }


def older_query(
    form: SearchForm, within: TimeRange, cursor: str, above: date | None
) -> str:
    """What asks for the rows below a cursor and a row of that day."""
    below = {"cursor": cursor, "day": above.isoformat() if above else ""}
    return "&".join(filter(None, (canonical_query(form, within), urlencode(below))))


def goes_on(page: Page) -> bool:
    """The first answer was cut to be soon; the page searches on by itself."""
    return bool(page.next and page.partial and page.partial.reason != "expired")


def searched(text: str) -> Marker:
    """What marks the searched words, phrases and expressions."""
    return marker(parse(text))


def read_as_fields(text: str) -> list[str]:
    """Names in a text that mean fields of the metadata: maybe nobody meant that."""
    found = (leaf.path for leaf in leaves(parse(text).tree) if isinstance(leaf, Has))
    names = (name_of(path) for path in found if path[:1] == (METADATA,))
    return list(dict.fromkeys(names))


def fixed(within: TimeRange, now: datetime) -> TimeRange:
    """The range as it was when asked: chart and list then show the same."""
    if within.start is None and within.end is None:
        return within
    return TimeRange("", within.start, within.end or now)


def bounds(within: TimeRange, now: datetime) -> dict[str, str]:
    """Both ends of the range in RFC 3339; empty where it has none."""
    end = within.end or (now if within.start else None)
    return {
        "start": zulu(within.start) if within.start else "",
        "end": zulu(end) if end else "",
    }


def widened(form: SearchForm, newest: datetime, now: datetime) -> str:
    """The query with the shortest range in which something is found."""
    return canonical_query(form, TimeRange(shortest_with(newest, now), None, None))
