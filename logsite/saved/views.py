"""Pages of what is kept of searches: links that lead to the search page, and lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from ingest.errors import QueryError
from logsite.saved import history, searches
from logsite.saved.asking import read
from logsite.saved.described import Described, described
from logsite.saved.links import page_of
from logsite.saved.models import PastSearch, SavedSearch, ShortLink
from logsite.saved.who import Who
from logsite.search.access import page_login_required
from logsite.search.preferences import preferences

RECENT: Final = 30  # of the history, in the menu


@dataclass(frozen=True)
class Listed:
    """A search in a list."""

    search: SavedSearch | PastSearch
    asks: Described
    may_change: bool = False


@page_login_required
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """A short link leads to the search page, at its line if it has one."""
    return redirect(page_of(get_object_or_404(ShortLink, code=code)))


@page_login_required
def open_search(request: HttpRequest, search_id: int) -> HttpResponse:
    """A saved search leads to the search page, which goes on knowing its name."""
    visible = searches.visible_to(Who.of(request))
    return redirect(searches.page_of(get_object_or_404(visible, pk=search_id)))


@page_login_required
def menu(request: HttpRequest) -> HttpResponse:
    """What is reached from the search box: saved searches, and those of before."""
    return _menu(request)


def _menu(request: HttpRequest) -> HttpResponse:
    past = PastSearch.objects.filter(person=Who.of(request).person)[:RECENT]
    context = {**_saved(request), "past": [_listed(request, one) for one in past]}
    return render(request, "saved/menu.html", context)


@page_login_required
def all_searches(request: HttpRequest) -> HttpResponse:
    return render(request, "saved/page.html", _saved(request))


def _saved(request: HttpRequest) -> dict[str, Any]:
    who = Who.of(request)
    found = [_listed(request, one, who) for one in searches.visible_to(who)]
    return {"saved": found, "person": who.person}


def _listed(
    request: HttpRequest, search: SavedSearch | PastSearch, who: Who | None = None
) -> Listed:
    zone = preferences(request.COOKIES).zone
    asks = described(search.query, datetime.now(UTC), zone)
    may = isinstance(search, SavedSearch) and who and searches.may_change(search, who)
    return Listed(search, asks, bool(may))


@require_POST
@page_login_required
def note_search(request: HttpRequest) -> HttpResponse:
    """The page tells what it has shown: it becomes the newest of the history."""
    now, who = datetime.now(UTC), Who.of(request)
    try:
        asked = read(
            request.POST.get("query", ""), now, preferences(request.COOKIES).zone
        )
    except QueryError:
        return HttpResponse(status=400)
    if who.person:
        history.note(who.person, asked, now)
    return HttpResponse(status=204)


@require_POST
@page_login_required
def forget_searches(request: HttpRequest) -> HttpResponse:
    """The whole history of this person."""
    if person := Who.of(request).person:
        history.forget(person)
    return _menu(request)
