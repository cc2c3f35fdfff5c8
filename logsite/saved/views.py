"""Pages of what is kept of searches: links that lead to the search page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from logsite.saved import searches
from logsite.saved.links import page_of
from logsite.saved.models import ShortLink
from logsite.saved.who import Who
from logsite.search.access import page_login_required


@page_login_required
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """A short link leads to the search page, at its line if it has one."""
    return redirect(page_of(get_object_or_404(ShortLink, code=code)))


@page_login_required
def open_search(request: HttpRequest, search_id: int) -> HttpResponse:
    """A saved search leads to the search page, which goes on knowing its name."""
    visible = searches.visible_to(Who.of(request))
    return redirect(searches.page_of(get_object_or_404(visible, pk=search_id)))
