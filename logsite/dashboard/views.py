"""The dashboard: one page, and its changing part alone when it refreshes itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from ingest.entry import LEVELS
from logsite.dashboard.board import read
from logsite.dashboard.spans import LENGTHS, span
from logsite.search.access import is_partial, page_login_required
from logsite.search.found import StoreAway, answering
from logsite.search.preferences import preferences
from logsite.search.ranges import LABELS
from logsite.search.rows import rows


@page_login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    partial = is_partial(request)
    name = "dashboard/board.html" if partial else "dashboard/page.html"
    asked = span(request.GET.get("range", ""), datetime.now(UTC))
    zone = preferences(request.COOKIES).zone
    context: dict[str, Any] = {
        "span": asked,
        "zone": zone,
        "ranges": [(key, LABELS[key]) for key in LENGTHS],
        "levels": tuple(reversed(LEVELS)),
    }
    try:
        with answering() as store:
            board = read(store, asked)
        context |= {
            "board": board,
            "series": json.dumps(board.chart),
            "rows": rows(board.errors, zone, None),
        }
        status = 200
    except StoreAway:
        # As a part it is shown, too: htmx takes 503 as it takes 200 (htmx-config).
        status = 503
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response
