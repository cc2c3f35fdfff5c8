"""The page of a new export: the search, how large its file will be, and what it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ingest.errors import QueryError, Refused
from ingest.export.estimate import estimate
from ingest.query.filter import LogFilter
from logsite.audit.actors import Actor
from logsite.exports import jobs, limits
from logsite.exports.forms import LayoutForm
from logsite.exports.jobs import Wanted
from logsite.exports.tasks import work_exports
from logsite.search.access import is_partial, page_login_required
from logsite.search.forms import SearchForm, canonical_query
from logsite.search.found import StoreAway, answering
from logsite.search.page import fixed
from logsite.search.preferences import preferences
from logsite.working import tell_celery

BEGIN = {"format": "ndjson", "gzip": "on"}


@page_login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The search is in the address, as on its own page; what the file is, is posted."""
    asked = SearchForm(request.GET, preferences(request.COOKIES).zone)
    if not asked.is_valid():
        return render(request, "exports/new.html", {"problem": "form"}, status=400)
    now = datetime.now(UTC)
    within = fixed(asked.time_range(now), now)
    wanted, query = asked.log_filter(within), canonical_query(asked, within)
    form = LayoutForm(request.POST or _said(request))
    context = {"asked": wanted, "query": query, "form": form}
    try:
        with answering():
            return _answer(request, form, wanted, context)
    except StoreAway:
        context["problem"] = "away"
        return render(request, "exports/new.html", context, status=503)


def _said(request: HttpRequest) -> Any:
    """What the form held when it asked for another estimate."""
    return request.GET if "format" in request.GET else BEGIN


def _answer(
    request: HttpRequest, form: LayoutForm, asked: LogFilter, context: dict[str, Any]
) -> HttpResponse:
    partial = is_partial(request)
    name = "exports/estimate.html" if partial else "exports/new.html"
    try:
        if form.is_valid():
            wanted = Wanted(asked, form.layout)
            if request.method == "POST":
                return _start(request, wanted)
            context |= _guessed(request, wanted)
    except ValidationError as error:
        form.add_error("columns", error)
    except QueryError as error:
        context |= {"problem": "query", "error": error}
    except Refused as error:
        context["refused"] = error
    return render(request, name, context, status=200 if partial else _status(context))


def _start(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    job = jobs.start(Actor.of(request), wanted)
    tell_celery(work_exports)
    return redirect("export", job.pk)


def _guessed(request: HttpRequest, wanted: Wanted) -> dict[str, Any]:
    with answering() as store:
        guess = estimate(store, wanted.filter, wanted.layout)
    room = limits.room_for(str(Actor.of(request)))
    return {"guess": guess, "room": room, "is_too_large": guess.size > room}


def _status(context: dict[str, Any]) -> int:
    refused = context.get("refused") or context.get("error")
    return refused.status if refused else 200
