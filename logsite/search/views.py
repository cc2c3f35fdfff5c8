"""The search page and its parts: results, older rows, histogram, one entry, status."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_date

from ingest.errors import QueryError
from ingest.query.entries import entry
from ingest.query.freshness import freshness
from ingest.query.grammar import Query, parse
from ingest.query.histogram import histogram
from ingest.query.run import search
from logsite.search.access import is_partial, page_login_required
from logsite.search.columns import with_columns
from logsite.search.details import opened
from logsite.search.forms import SearchForm
from logsite.search.found import FIRST, PAGE_ROWS, StoreAway, answering, find
from logsite.search.linked import at_line
from logsite.search.live import latest, live_part, readable
from logsite.search.page import frame, list_part, results
from logsite.search.preferences import preferences
from logsite.search.ranges import ALL_TIME
from stats.alerts.models import Incident

# Answers of 400 and 503 carry a page that explains them. Rows below others have none:
# with these instead, the list stays as it is and a line above it tells.
NOT_SHOWN_400: Final = 422
NOT_SHOWN_503: Final = 504
Answer = tuple[dict[str, Any], int]  # what a template is given, and the status


@page_login_required
def search_page(request: HttpRequest) -> HttpResponse:
    zone = preferences(request.COOKIES).zone
    form = SearchForm(with_columns(request.GET, request.COOKIES), zone)
    context, status = _answer(form, datetime.now(UTC), zone)
    partial = is_partial(request)
    name = "search/found.html" if partial else "search/page.html"
    response = render(request, name, context, status=status)
    if partial and "query" in context:
        response["HX-Push-Url"] = f"{reverse('search')}?{context['query']}"
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def _answer(form: SearchForm, now: datetime, zone: ZoneInfo) -> Answer:
    if not form.is_valid():
        return {**frame(form, zone), "problem": "form"}, 400
    within = form.time_range(now)
    if form.cleaned_data["live"]:
        return _live(form, zone)
    line, wanted = form.cleaned_data["line"], form.log_filter(within)
    try:
        found = find(wanted)
        found, linked = at_line(found, wanted, line) if line else (found, None)
    except QueryError as error:
        problem = {"problem": "query", "error": error, "within": within}
        return {**frame(form, zone), **problem}, 400
    except StoreAway:
        return {**frame(form, zone), "problem": "away", "within": within}, 503
    around = frame(form, zone, found.services)
    shown = results(form, within, found, now, zone)
    return {**around, **shown, "linked": linked}, 200


def _live(form: SearchForm, zone: ZoneInfo) -> Answer:
    given = form.data.get("cursor", "")
    cursor = readable(given)
    try:
        begun = latest(form.log_filter(ALL_TIME), cursor)
    except QueryError as error:
        return {**frame(form, zone), "problem": "query", "error": error}, 400
    around = {**frame(form, zone, begun.services), "bad_cursor": cursor != given}
    return {**around, **live_part(form, begun, zone)}, 200


@page_login_required
def more_rows(request: HttpRequest) -> HttpResponse:
    """The rows below a cursor, and what is known of all matches now."""
    zone = preferences(request.COOKIES).zone
    form = SearchForm(request.GET, zone)
    if not form.is_valid():
        return HttpResponse(status=NOT_SHOWN_400)
    within = form.time_range(datetime.now(UTC))
    try:
        with answering() as store:
            wanted = form.log_filter(within)
            cursor = request.GET.get("cursor")
            page = search(store, wanted, PAGE_ROWS, cursor, FIRST)
    except QueryError:
        return HttpResponse(status=NOT_SHOWN_400)
    except StoreAway:
        return HttpResponse(status=NOT_SHOWN_503)
    above = parse_date(request.GET.get("day", ""))
    context = {**list_part(form, within, page, zone, above), "below": True}
    return render(request, "search/rows.html", context)


@page_login_required
def histogram_data(request: HttpRequest) -> HttpResponse:
    """Counts of all levels, so that the filter beside the chart has them, too."""
    form = SearchForm(request.GET, preferences(request.COOKIES).zone)
    if not form.is_valid():
        return JsonResponse({}, status=400)
    wanted = form.log_filter(form.time_range(datetime.now(UTC)))
    try:
        with answering() as store:
            counted = histogram(store, replace(wanted, levels=()))
    except QueryError:
        return JsonResponse({}, status=400)
    except StoreAway:
        return JsonResponse({}, status=503)
    return JsonResponse(asdict(counted))


@page_login_required
def entry_page(request: HttpRequest, entry_id: str) -> HttpResponse:
    """One entry: opened below its row, or as a page of its own to link to."""
    name = "search/details.html" if is_partial(request) else "search/entry.html"
    try:
        with answering() as store:
            item = entry(store, entry_id)
    except StoreAway:
        return render(request, name, {"problem": "away"}, status=503)
    if item is None:
        raise Http404
    zone = preferences(request.COOKIES).zone
    whole = "whole" in request.GET
    context = {"entry": opened(item, zone, _asked(request), whole)}
    return render(request, name, context)


def _asked(request: HttpRequest) -> Query:
    """What was searched when the entry was found."""
    try:
        return parse(request.GET.get("q", ""))
    except QueryError:
        return Query()


@page_login_required
def status(request: HttpRequest) -> HttpResponse:
    """How far behind the stored entries are; shown at the top of every page."""
    try:
        with answering() as store:
            context: dict[str, Any] = {"freshness": freshness(store)}
    except StoreAway:
        context = {}
    context["zone"] = preferences(request.COOKIES).zone
    context["open_incidents"] = Incident.objects.filter(resolved=None).count()
    return render(request, "status.html", context)
