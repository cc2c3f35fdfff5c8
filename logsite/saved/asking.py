"""A search as it is kept: the query string of the search page, understood and short."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict

from ingest.errors import QueryError
from ingest.query.grammar import parse
from logsite.search.forms import SearchForm, canonical_query, zulu
from logsite.search.ranges import TimeRange

MAX_LENGTH: Final = 20_000  # characters of a query string
AROUND: Final = timedelta(minutes=15)  # a line that was seen live
JUST_AFTER: Final = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Asked:
    """A search that the page would run."""

    form: SearchForm
    within: TimeRange

    @property
    def is_live(self) -> bool:
        return bool(self.form.cleaned_data["live"])

    @property
    def query(self) -> str:
        """Its query string; a range that moves with the clock still does."""
        return canonical_query(self.form, self.within)

    @property
    def topic(self) -> str:
        """What it asks for, whenever that was; empty if for everything."""
        asked = self.form.cleaned_data
        if not (asked["q"] or asked["service"] or asked["level"]):
            return ""
        return repr((asked["q"], asked["service"], asked["level"]))

    @property
    def api_query(self) -> str:
        """The same for GET /api/logs, which knows no names of ranges."""
        asked, within = self.form.cleaned_data, self.within
        pairs = [("q", asked["q"])]
        pairs += [("service", name) for name in asked["service"]]
        pairs += [("level", name) for name in asked["level"]]
        bounds = (("from", within.start), ("to", within.end))
        pairs += [(name, zulu(at) if at else "") for name, at in bounds]
        return urlencode([(name, value) for name, value in pairs if value])


def read(text: str, now: datetime, zone: ZoneInfo) -> Asked:
    """What a query string asks for; QueryError if the page would refuse it."""
    if len(text) > MAX_LENGTH:
        raise QueryError("bad_search", "This search is too long.")
    form = SearchForm(QueryDict(text.removeprefix("?")), zone)
    if not form.is_valid():
        name, texts = next(iter(form.errors.items()))
        raise QueryError("bad_search", f"`{name}`: {texts[0]}")
    parse(form.cleaned_data["q"])
    form.cleaned_data["saved"] = None  # whatever it was kept as
    return Asked(form, form.time_range(now))


def absolute(asked: Asked, now: datetime, line_at: datetime | None = None) -> Asked:
    """The same with both ends of its range fixed, so that a line lies within.

    A live search stays one, unless a line of it is meant.
    """
    if not asked.is_live:
        return Asked(asked.form, _with(line_at, _ended(asked.within, now)))
    if line_at is None:
        return asked
    asked.form.cleaned_data["live"] = False
    around = TimeRange("", line_at - AROUND, line_at + AROUND)
    return Asked(asked.form, around)


def _ended(within: TimeRange, now: datetime) -> TimeRange:
    return TimeRange("", within.start, within.end or now)


def _with(line_at: datetime | None, within: TimeRange) -> TimeRange:
    """A sender's clock may run ahead: then its line is later than now."""
    if line_at is None or within.end is None or line_at < within.end:
        return within
    return replace(within, end=line_at + JUST_AFTER)
