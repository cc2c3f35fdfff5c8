"""The lines around an entry: opened in place below its row, or on a page of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ingest.errors import QueryError
from ingest.fold.block import LOG_LENGTH
from ingest.query.context import ONE_SIDE, Neighbours, Reached, Side
from ingest.query.entries import entry
from ingest.query.page import Item
from ingest.query.scopes import Company, Scope, companies
from ingest.query.visible import pin
from ingest.query.writing import write
from logsite.search.access import is_partial, page_login_required
from logsite.search.forms import zulu
from logsite.search.found import Store, StoreAway, answering
from logsite.search.page import searched
from logsite.search.preferences import preferences
from logsite.search.rows import Row, rows
from logsite.search.visible import Marker, visible

FIRST_LINES: Final = 10  # on each side
MORE_LINES: Final = 30
ALLOWED: Final = ONE_SIDE  # then the page asks whether to read on
AROUND: Final = timedelta(minutes=5)  # what a search for the same lines looks at
LONGEST_TEXT: Final = 1_000  # characters of a search text in a link
_POSITION: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,15}", re.ASCII)
NAMES: Final[dict[Scope, Promise]] = {
    Scope.INSTANCE: _("Instance"),
    Scope.SERVICE: _("Service"),
    Scope.TRACE: _("Trace"),
    Scope.REQUEST: _("Request"),
    Scope.ALL: _("Everything"),
}


@dataclass(frozen=True)
class Choice:
    """One scope of an entry, to choose."""

    scope: Scope
    name: Promise
    value: str  # which instance, which trace
    chosen: bool


@page_login_required
def context_page(request: HttpRequest, entry_id: str) -> HttpResponse:
    """An entry between its neighbours."""
    part = is_partial(request)
    name = "search/context.html" if part else "search/context_page.html"
    try:
        with answering() as store:
            found = _entry(store, entry_id)
            scope = _scope(request, found)
            reader = _reader(store, found, scope)
            before = reader.before(found, FIRST_LINES)
            after = reader.after(found, FIRST_LINES)
    except StoreAway:
        return render(request, name, {"problem": "away"}, status=503)
    shown = _Shown(request, found, scope)
    context = {
        "entry_id": found.id,
        "choices": _choices(found, scope),
        "before": shown.side("before", before),
        "itself": shown.rows([found], (before.items or [found])[-1]),
        "prefix": shown.prefix,
        "after": shown.side("after", after),
        "search": search_for(companies(found)[scope], found),
    }
    return render(request, name, context)


@page_login_required
def context_more(request: HttpRequest, entry_id: str, side: str) -> HttpResponse:
    """The neighbours beyond those that are shown: farther than the line `edge`."""
    try:
        with answering() as store:
            found, edge = (
                _entry(store, one) for one in (entry_id, request.GET.get("edge", ""))
            )
            scope = _scope(request, found)
            reader = _reader(store, found, scope)
            look = reader.before if side == "before" else reader.after
            more = look(edge, MORE_LINES, _reached(request))
    except StoreAway:
        return HttpResponse(status=504)
    part = _Shown(request, found, scope).side(side, more, edge)
    return render(request, "search/context_side.html", {"part": part})


class _Shown:
    """Neighbours as this reader sees them."""

    def __init__(self, request: HttpRequest, found: Item, scope: Scope) -> None:
        self.text = request.GET.get("q", "")
        self.zone = preferences(request.COOKIES).zone
        self.found = found
        self.scope = scope
        self.looked_at = _number(request.GET.get("looked_at", ""))
        self.prefix = f"c-{found.id}-"  # the same line may be in the list, too

    def side(self, name: str, side: Side, edge: Item | None = None) -> dict[str, Any]:
        near = edge or self.found
        far = (side.items or [near])[0 if name == "before" else -1]
        looked_at = self.looked_at + side.examined
        asked = {"scope": self.scope, "q": self.text, "edge": far.id}
        if side.reached:
            places = ".".join(place.hex() for place in side.reached.values())
            asked |= {"reached": places, "looked_at": str(looked_at)}
        address = reverse("entry-context-more", args=[self.found.id, name])
        return {
            "side": name,
            "rows": self.rows(side.items, near),
            "more": side.more,
            "partial": side.partial,
            "is_cut": bool(side.reached),
            "looked_at": looked_at,
            "prefix": self.prefix,
            "url": f"{address}?{urlencode(asked)}",
        }

    def rows(self, items: list[Item], near: Item) -> list[Row]:
        """A day is said where it differs from that of the line next to these."""
        day = near.timestamp.astimezone(self.zone).date()
        return rows(items, self.zone, self._pattern(), day)

    def _pattern(self) -> Marker | None:
        try:
            return searched(self.text)
        except QueryError:
            return None


def _entry(store: Store, entry_id: str) -> Item:
    found = entry(store, entry_id)
    if found is None:
        raise Http404
    return found


def _reader(store: Store, found: Item, scope: Scope) -> Neighbours:
    return Neighbours(store, companies(found)[scope], pin(store), ALLOWED)


def _reached(request: HttpRequest) -> Reached:
    """Where the search before this one was cut."""
    places = _POSITION.findall(request.GET.get("reached", ""))
    return {place[:LOG_LENGTH]: place for place in map(bytes.fromhex, places)}


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0


def _scope(request: HttpRequest, found: Item) -> Scope:
    """The one that is asked for, or was chosen last, if this entry has it."""
    liked = request.GET.get("scope") or preferences(request.COOKIES).scope
    known = companies(found)
    return Scope(liked) if liked in known else Scope.INSTANCE


def _choices(found: Item, chosen: Scope) -> list[Choice]:
    return [
        Choice(scope, NAMES[scope], visible(company.name), scope == chosen)
        for scope, company in companies(found).items()
    ]


def search_for(company: Company, found: Item) -> str:
    """The query string of a search for the same lines, some minutes to both sides."""
    text = write(company.tree)
    asked: dict[str, Any] = {
        "q": text if len(text) <= LONGEST_TEXT else "",
        "service": company.services,
        "from": zulu(found.timestamp - AROUND),
        "to": zulu(found.timestamp + AROUND),
    }
    given = {name: value for name, value in asked.items() if value}
    return urlencode(given, doseq=True)
