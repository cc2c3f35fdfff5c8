"""Giving a search a name on the search page, or another one on its own page."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from ingest.errors import QueryError
from logsite.saved import searches
from logsite.saved.asking import Asked, read
from logsite.saved.described import describe
from logsite.saved.forms import NameForm
from logsite.saved.models import SavedSearch
from logsite.saved.searches import NameTaken, may_change
from logsite.saved.who import Who
from logsite.search.access import page_login_required
from logsite.search.preferences import preferences


@page_login_required
@require_http_methods(["GET", "POST"])
def name_search(request: HttpRequest) -> HttpResponse:
    """The dialog of the search page: a new name, or the place of another search."""
    who = Who.of(request)
    text = request.POST.get("query", "") or request.GET.urlencode()
    try:
        asked = read(text, datetime.now(UTC), preferences(request.COOKIES).zone)
    except QueryError as error:
        return render(request, "saved/name.html", {"error": error}, status=422)
    opened = _changeable(who, QueryDict(text).get("saved", ""))
    if request.method == "GET":
        form = NameForm(instance=opened)
        return _form(request, asked, text, form, opened)
    return _save(request, who, asked, text)


def _save(request: HttpRequest, who: Who, asked: Asked, text: str) -> HttpResponse:
    replaced = _changeable(who, request.POST.get("replace", ""))
    search = replaced or SavedSearch(owner=who.person)
    form = NameForm(request.POST, instance=search)
    if not form.is_valid():
        return _form(request, asked, text, form, replaced)
    search.query = asked.query
    try:
        searches.save(who, search, datetime.now(UTC))
    except NameTaken as error:
        form.tell_taken()
        return _form(request, asked, text, form, error.search)
    said = {"search-saved": {"id": search.pk, "name": search.name}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(said)})


def _changeable(who: Who, pk: str) -> SavedSearch | None:
    """The search that may be replaced, if there is one of this number."""
    found = searches.named_by(who, pk)
    return found if found and may_change(found, who) else None


def _form(
    request: HttpRequest,
    asked: Asked,
    text: str,
    form: NameForm,
    replaceable: SavedSearch | None,
) -> HttpResponse:
    asks = describe(asked)
    given = {"form": form, "query": text, "asks": asks, "replaceable": replaceable}
    return render(request, "saved/name.html", given)


@page_login_required
@require_http_methods(["GET", "POST"])
def edit_search(request: HttpRequest, search_id: int) -> HttpResponse:
    """Rename it, share it, or not any more."""
    who = Who.of(request)
    search = get_object_or_404(searches.visible_to(who), pk=search_id)
    if not may_change(search, who):
        raise PermissionDenied
    form = NameForm(request.POST or None, instance=search)
    if form.is_bound and form.is_valid():
        try:
            searches.save(who, search, datetime.now(UTC))
            return redirect("saved-searches")
        except NameTaken:
            form.tell_taken()
    stored = SavedSearch.objects.get(pk=search_id)
    context = {"form": form, "search": stored}
    status = 400 if form.is_bound else 200
    return render(request, "saved/edit.html", context, status=status)


@require_POST
@page_login_required
def delete_search(request: HttpRequest, search_id: int) -> HttpResponse:
    who = Who.of(request)
    search = get_object_or_404(searches.visible_to(who), pk=search_id)
    if not may_change(search, who):
        raise PermissionDenied
    searches.delete(who, search)
    return redirect("saved-searches")
