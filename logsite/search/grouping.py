"""Patterns of a search: grouped in turn with other long searches, shown as a list."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from pymongo.errors import PyMongoError

from ingest.errors import QueryError
from ingest.query.filter import LogFilter
from ingest.query.patterns import ALLOWED, Grouping, Pattern, Patterns
from logsite.search.access import page_login_required
from logsite.search.following import LIGHT_S, PATIENCE_S, bounded, turns
from logsite.search.forms import SearchForm
from logsite.search.found import Store, StoreAway, answering
from logsite.search.preferences import preferences
from logsite.search.rows import BADGES
from logsite.search.turns import Crowded, Waiting, crowded
from logsite.search.visible import visible

SHOWN: Final = 100  # patterns
NAMED: Final = 3  # services
BAR: Final = 3  # of a trend: its width and the gap behind it, in pixels
HEIGHT: Final = 18
_PARAMETER: Final = re.compile(r"(<(?:\*|uuid|ip|hex|num|gap)>)")


def grouped_in_turn(store: Store, wanted: LogFilter, limit: int) -> Patterns:
    """Crowded if its turn does not come in good time."""
    return _in_turn(Grouping(store, wanted, ALLOWED), limit)


def _in_turn(grouping: Grouping, limit: int) -> Patterns:
    begun = time.monotonic()
    for step in turns().take(bounded(grouping.run()), LIGHT_S):
        if isinstance(step, Waiting) and time.monotonic() > begun + PATIENCE_S:
            raise crowded()
    return grouping.patterns(limit)


@dataclass(frozen=True)
class Row:
    """One pattern as it is shown."""

    pieces: list[tuple[str, bool]]  # of the template; True: a parameter
    count: int
    share: float
    level: str  # the most frequent one
    badge: str
    services: list[str]
    more_services: int
    first: datetime  # in the zone of the page
    last: datetime
    trend: str  # the path of a drawing
    query: str
    newest: str


@page_login_required
def patterns_part(request: HttpRequest) -> HttpResponse:
    """The patterns of a search; a part of its page."""
    zone = preferences(request.COOKIES).zone
    form = SearchForm(request.GET, zone)
    if not form.is_valid():
        return HttpResponse(status=422)
    try:
        found = _found(form.log_filter(form.time_range(datetime.now(UTC))))
    except QueryError:
        return HttpResponse(status=422)
    except (StoreAway, Crowded) as problem:
        why = {"crowded": isinstance(problem, Crowded), "away": True}
        return render(request, "search/patterns.html", why, status=503)
    context = {"found": found, "rows": [_row(one, zone) for one in found.items]}
    return render(request, "search/patterns.html", context)


def _found(wanted: LogFilter) -> Patterns:
    with answering() as store:
        grouping = Grouping(store, wanted, ALLOWED)
    try:
        return _in_turn(grouping, SHOWN)  # which may wait longer than MongoDB may take
    except PyMongoError as error:
        raise StoreAway from error


def _row(pattern: Pattern, zone: ZoneInfo) -> Row:
    level, services = next(iter(pattern.levels)), list(pattern.services)
    return Row(
        pieces=list(pieces(pattern.template)),
        count=pattern.count,
        share=pattern.share,
        level=level,
        badge=BADGES.get(level, level[:2]),
        services=[visible(name) for name in services[:NAMED]],
        more_services=max(0, len(services) - NAMED),
        first=pattern.first.astimezone(zone),
        last=pattern.last.astimezone(zone),
        trend=drawn(pattern.trend),
        query=pattern.query,
        newest=pattern.newest,
    )


def pieces(template: str) -> Iterator[tuple[str, bool]]:
    """What stays and what changes in a template."""
    for number, piece in enumerate(_PARAMETER.split(visible(template))):
        if piece:
            yield piece, number % 2 == 1


def drawn(counts: list[int]) -> str:
    """Bars as the path of an SVG; none is so small that it cannot be seen."""
    most = max(counts, default=0) or 1
    bars = []
    for number, count in enumerate(counts):
        if count:
            height = max(2, round(count / most * HEIGHT))
            top = HEIGHT - height
            bars.append(f"M{number * BAR} {top}h{BAR - 1}v{height}h-{BAR - 1}z")
    return "".join(bars)
