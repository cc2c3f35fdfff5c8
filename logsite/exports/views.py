"""The exports' pages: the list, and one with its progress, its file, and its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ingest.query.filter import LogFilter
from logsite.audit.actors import Actor
from logsite.exports import asking, limits
from logsite.exports.api import FOR_ALL
from logsite.exports.models import Export
from logsite.search.access import is_partial, page_login_required
from logsite.search.forms import zulu

UNTOUCHED: Final = timedelta(seconds=15)  # then it is said that nobody works at it


@page_login_required
def overview(request: HttpRequest) -> HttpResponse:
    """One's own, or everybody's; or the changing part alone."""
    name = "exports/list.html" if is_partial(request) else "exports/page.html"
    actor, of_all = Actor.of(request), "all" in request.GET
    found = list(asking.exports_of(actor, of_all))
    context = {
        "exports": found,
        "of_all": of_all,
        "room": limits.room_for(str(actor)),
        "changes": any(not job.has_ended for job in found),
    }
    return render(request, name, context)


@page_login_required
def export_page(request: HttpRequest, number: int) -> HttpResponse:
    """The whole page, or its changing part alone; that asks again until it ended."""
    job = get_object_or_404(Export, pk=number)
    name = "exports/progress.html" if is_partial(request) else "exports/export.html"
    return render(request, name, _context(request, job))


@require_POST
@page_login_required
def end(request: HttpRequest, number: int) -> HttpResponse:
    """Cancel what is under way, delete what has ended."""
    job = get_object_or_404(Export, pk=number)
    if not _may_end(request, job):
        raise Http404
    had_ended = job.has_ended
    asking.end(Actor.of(request), job, is_staff=True)
    return redirect("exports") if had_ended else redirect("export", number)


def _context(request: HttpRequest, job: Export) -> dict[str, Any]:
    stale = job.lease_until < timezone.now() - UNTOUCHED
    return {
        "job": job,
        "asked": job.filter,
        "query": search_query(job.filter),
        "untouched": not job.has_ended and stale,
        "may_end": _may_end(request, job),
    }


def _may_end(request: HttpRequest, job: Export) -> bool:
    user: Any = request.user
    return job.by == str(Actor.of(request)) or user.has_perm(FOR_ALL)


def search_query(asked: LogFilter) -> str:
    """The query string of the search page that asks for the same."""
    query = QueryDict(mutable=True)
    if asked.text:
        query["q"] = asked.text
    query.setlist("service", list(asked.services))
    query.setlist("level", list(asked.levels))
    bounds = {"from": asked.start, "to": asked.end}
    query.update({name: zulu(at) for name, at in bounds.items() if at})
    if not asked.start and not asked.end:
        query["range"] = "all"
    return query.urlencode()
