"""The stream of the search page: rows as they are found, and how far the search is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext, ngettext
from pymongo.errors import PyMongoError

from ingest.errors import Busy, QueryError, Refused
from ingest.query.freshness import freshness
from ingest.query.page import Page
from ingest.query.progress import Progress
from logsite.search.empty import explained
from logsite.search.events import (
    EventStream,
    as_now,
    event,
    no_events,
    one_event,
    stream_login_required,
)
from logsite.search.following import Report, follow
from logsite.search.forms import SearchForm
from logsite.search.found import PAGE_ROWS, Store, StoreAway, answering
from logsite.search.page import empty_part, list_part, older_query, searched
from logsite.search.preferences import preferences
from logsite.search.ranges import TimeRange
from logsite.search.rows import rows
from logsite.search.turns import Waiting


@stream_login_required
def search_stream(request: HttpRequest) -> HttpResponseBase:
    """A search that goes on below a cursor until the list is full or all is read."""
    zone = preferences(request.COOKIES).zone
    form = SearchForm(request.GET, zone)
    if not form.is_valid():
        return _cannot_be_run()
    within = form.time_range(datetime.now(UTC))
    try:
        with answering() as store:
            wanted, cursor = form.log_filter(within), request.GET.get("cursor")
            steps = follow(store, wanted, PAGE_ROWS, cursor)
    except QueryError:
        return _cannot_be_run()
    except StoreAway:
        return no_events(503)
    above = parse_date(request.GET.get("day", ""))
    below = _List(store, form, within, zone, above)
    return EventStream(as_now(below.events(steps), zone))


def _cannot_be_run() -> EventStream:
    """An event, as a status would only be a lost connection to the page."""
    return one_event("trouble", words=gettext("This search cannot be run"))


class _List:
    """The list of the page, which grows at its lower end."""

    def __init__(
        self,
        store: Store,
        form: SearchForm,
        within: TimeRange,
        zone: ZoneInfo,
        above: date | None,
    ) -> None:
        self.store = store
        self.form = form
        self.within = within
        self.zone = zone
        self.above = above  # day of the last row
        self.marker = searched(form.cleaned_data["q"])

    def events(self, steps: Iterator[Report | Waiting]) -> Iterator[bytes]:
        try:
            for step in steps:
                if isinstance(step, Waiting):
                    yield event("waiting", words=in_line(step.before))
                else:
                    yield from self._told(step)
        except Refused:
            words = gettext("Too many long searches wait already. Try again soon.")
            yield event("trouble", words=words)
        except (Busy, PyMongoError):
            yield event("trouble", words=gettext("MongoDB does not answer"))

    def _told(self, report: Report) -> Iterator[bytes]:
        progress = report.progress
        if progress.items:
            yield event("rows", html=self._rows(progress))
        if progress.page:
            yield event("done", html=self._end(progress.page))
            return
        older = older_query(self.form, self.within, progress.next(), self.above)
        yield event(
            "progress",
            words=_how_far(report),
            share=_share(report),
            matched=_matched(progress),
            next=f"{reverse('search-stream')}?{older}",
        )

    def _rows(self, progress: Progress) -> str:
        columns = self.form.cleaned_data["columns"]
        made = rows(progress.items, self.zone, self.marker, self.above, columns)
        self.above = made[-1].at.date()
        context = {"rows": made, "live": True, "appended": True}
        return render_to_string("search/rows.html", context)

    def _end(self, page: Page) -> str:
        ended = list_part(self.form, self.within, page, self.zone, self.above)
        context = {**ended, **self._why(page), "rows": [], "below": True}
        return render_to_string("search/rows.html", context)

    def _why(self, page: Page) -> dict[str, Any]:
        """The reasons, where the search has come to its end and found nothing."""
        if page.next or page.matched.count:
            return {}
        empty = explained(self.store, self.form.log_filter(self.within))
        explanation = empty_part(self.form, empty, datetime.now(UTC))
        fresh = freshness(self.store)
        return {**explanation, "form": self.form, "freshness": fresh}


def _matched(progress: Progress) -> str:
    page: dict[str, Any] = {
        "matched": {"count": progress.matched, "exact": False},
        "partial": None,
    }
    return render_to_string("search/matched.html", {"page": page, "below": True})


def _how_far(report: Report) -> str:
    reached = report.progress.reached
    if reached is None:
        return gettext("Searching…")
    time = timezone.localtime(reached).strftime("%Y-%m-%d %H:%M:%S")
    if report.entries is None or report.passed is None:
        words = gettext("Examined {examined} entries, back to {time}")
        return words.format(examined=_short(report.progress.examined), time=time)
    words = gettext("Looked through {passed} of {entries} entries, back to {time}")
    return words.format(
        passed=_short(report.passed), entries=_short(report.entries), time=time
    )


def _share(report: Report) -> float | None:
    if not report.entries or report.passed is None:
        return None
    return round(min(report.passed / report.entries, 1.0), 4)


def in_line(before: int) -> str:
    words = ngettext(
        "{n} search is before yours", "{n} searches are before yours", before
    )
    return words.format(n=before)


def _short(number: int) -> str:
    """12,345 whole, and 3.2 M for what would only be counted, not read."""
    return f"{number:,}" if number < 1_000_000 else f"{number / 1_000_000:,.1f} M"
