"""/api/searches and /api/links: what is kept of searches."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Router, Status

from logsite.saved import searches
from logsite.saved.asking import absolute, read
from logsite.saved.links import shorten
from logsite.saved.models import SavedSearch, ShortLink
from logsite.saved.schemas import (
    LinkIn,
    LinkOut,
    SavedSearchChangeIn,
    SavedSearchesOut,
    SavedSearchIn,
    SavedSearchOut,
)
from logsite.saved.who import Who
from logsite.search.preferences import preferences

router = Router(tags=["saved searches"])
Shape = dict[str, Any]


@router.get("/searches", response=SavedSearchesOut, summary="Saved searches")
def list_searches(request: HttpRequest) -> Shape:
    """Your own, and those that are shared."""
    who = Who.of(request)
    found = searches.visible_to(who)
    return {"searches": [_shape(request, who, one) for one in found]}


@router.post("/searches", response={201: SavedSearchOut}, summary="Save a search")
def save_search(request: HttpRequest, given: SavedSearchIn) -> Status[Shape]:
    """409 if you have one of this name and `replace` is not set."""
    who, now = Who.of(request), datetime.now(UTC)
    search = _own(who, given.name) if given.replace else None
    search = search or SavedSearch(name=given.name, owner=who.person)
    search.query = read(given.query, now, _zone(request)).query
    search.shared = given.shared
    searches.save(who, search, now)
    return Status(HTTPStatus.CREATED, _shape(request, who, search))


def _own(who: Who, name: str) -> SavedSearch | None:
    own = SavedSearch.objects.filter(owner=who.person, name=name.strip())
    return own.first()


@router.get("/searches/{search_id}", response=SavedSearchOut, summary="One of them")
def show_search(request: HttpRequest, search_id: int) -> Shape:
    """With the addresses that run it."""
    who = Who.of(request)
    return _shape(request, who, _visible(who, search_id))


@router.patch("/searches/{search_id}", response=SavedSearchOut, summary="Change one")
def change_search(
    request: HttpRequest, search_id: int, given: SavedSearchChangeIn
) -> Shape:
    """What is not named stays: rename it, share it, or replace what it asks."""
    who, now = Who.of(request), datetime.now(UTC)
    search = _visible(who, search_id)
    changes = given.dict(exclude_none=True)
    if given.query is not None:
        changes["query"] = read(given.query, now, _zone(request)).query
    searches.change(who, search, changes, now)
    return _shape(request, who, search)


@router.delete("/searches/{search_id}", response={204: None}, summary="Delete one")
def delete_search(request: HttpRequest, search_id: int) -> Status[None]:
    """Links to what it asked go on working."""
    who = Who.of(request)
    searches.delete(who, _visible(who, search_id))
    return Status(HTTPStatus.NO_CONTENT, None)


@router.post("/links", response={201: LinkOut}, summary="Make a short link")
def make_link(request: HttpRequest, given: LinkIn) -> Status[Shape]:
    """To a search with its times as they are now, and to one line of it."""
    by = Who.of(request).actor.label
    link = shorten(given.query, given.line, datetime.now(UTC), _zone(request), by)
    return Status(HTTPStatus.CREATED, _link_shape(request, link))


@router.get(
    "/links/{slug:code}", response=LinkOut, summary="What a short link stands for"
)
def show_link(request: HttpRequest, code: str) -> Shape:
    """The search, and the line."""
    return _link_shape(request, get_object_or_404(ShortLink, code=code))


def _visible(who: Who, search_id: int) -> SavedSearch:
    return get_object_or_404(searches.visible_to(who), pk=search_id)


def _shape(request: HttpRequest, who: Who, search: SavedSearch) -> Shape:
    now = datetime.now(UTC)
    asked = absolute(read(search.query, now, _zone(request)), now)
    logs = f"{reverse('api:find')}?{asked.api_query}"
    return {
        **{name: getattr(search, name) for name in _SHOWN},
        "owner": search.owner.get_username() if search.owner else "",
        "page": request.build_absolute_uri(searches.page_of(search)),
        "logs": request.build_absolute_uri(logs),
        "may_change": searches.may_change(search, who),
    }


_SHOWN = ("id", "name", "shared", "query", "made", "changed", "changed_by")


def _link_shape(request: HttpRequest, link: ShortLink) -> Shape:
    url = request.build_absolute_uri(link.get_absolute_url())
    return {**{name: getattr(link, name) for name in _LINK_SHOWN}, "url": url}


_LINK_SHOWN = ("code", "query", "line", "made")


def _zone(request: HttpRequest) -> ZoneInfo:
    """Of words such as "yesterday 17:00": a person's own, of a token UTC."""
    return preferences(request.COOKIES).zone
