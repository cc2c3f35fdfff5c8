"""The box that takes a receipt, an id or a line, and says what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from ingest.query.fates import Fate, Why
from logsite.pipeline.clues import Kind, read_clue
from logsite.pipeline.lookups import Hop, HopName, Lookup, look_up
from logsite.search.access import is_partial, page_login_required
from logsite.search.found import StoreAway, answering
from logsite.search.preferences import preferences
from logsite.search.rows import rows

MAX_LINK: Final = 2_000  # characters of a clue that fit into an address
FATES: Final[Mapping[str, Any]] = {
    Fate.STORED: _("stored"),
    Fate.DUPLICATE: _("duplicate"),
    Fate.DEAD: _("in the dead letters"),
    Fate.LOST: _("lost"),
    Fate.EXPIRED: _("dropped by retention"),
    Fate.WAITING: _("not read yet"),
    Fate.UNKNOWN: _("not known"),
}
WHYS: Final[Mapping[str, Any]] = {
    Why.DELETED: _("Kafka deleted it before a store worker had read it."),
    Why.TOPIC_REPLACED: _("Its topic was deleted before a store worker had read it."),
    Why.OTHER_MESSAGE: _("Another message lies at its offset now: it was given again."),
    Why.NO_MESSAGE: _("Kafka has no message at its offset."),
    Why.NOT_DESCRIBED: _(
        "No block tells of it. The ledger says whether any is missing."
    ),
}
HOPS: Final[Mapping[str, Any]] = {
    HopName.READ: _("Read by the edge"),
    HopName.APPENDED: _("Appended by Kafka"),
    HopName.ACKNOWLEDGED: _("Acknowledged, answered 202"),
    HopName.VISIBLE: _("Stored, can be found"),
}
SETTLED: Final = _("Settled by a store worker")


@page_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: HttpRequest) -> HttpResponse:
    """The page, or what was found alone. Long receipts come by POST."""
    asked = request.POST if request.method == "POST" else request.GET
    clue = read_clue(asked.get("q", ""), datetime.now(UTC))
    context: dict[str, Any] = {"clue": clue, "pasted": asked.get("q", "")}
    status = 200
    try:
        if clue.kind is not Kind.NOTHING:
            with answering() as store:
                context |= _shown(request, look_up(store, clue, datetime.now(UTC)))
    except StoreAway:
        context["away"], status = True, 503
    name = "pipeline/found.html" if is_partial(request) else "pipeline/receipt.html"
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def _shown(request: HttpRequest, found: Lookup) -> dict[str, Any]:
    return {
        "found": found,
        "fates": [(fate, FATES[fate], count) for fate, count in found.fates],
        "items": [
            (one, FATES[one.fate], WHYS.get(one.why or "")) for one in found.items
        ],
        "hops": [(_words(hop, found), hop) for hop in found.hops],
        "rows": rows(found.entries, preferences(request.COOKIES).zone, None),
        "link": len(found.clue.value) <= MAX_LINK,
    }


def _words(hop: Hop, found: Lookup) -> Any:
    if hop.name is HopName.VISIBLE and not found.is_searchable:
        return SETTLED
    return HOPS[hop.name]
