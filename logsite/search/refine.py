"""A click on a value: the search text with that condition, or without it."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from ingest.errors import QueryError
from ingest.query.refining import refined
from logsite.search.access import page_login_required


@require_GET
@page_login_required
def refine(request: HttpRequest) -> JsonResponse:
    """The parser puts texts together: what is typed already keeps its meaning."""
    asked = request.GET
    text, condition = asked.get("q", ""), asked.get("condition", "")
    try:
        after = refined(text, condition, exclude="exclude" in asked)
    except QueryError as error:
        return JsonResponse({"error": error.code}, status=400)
    return JsonResponse({"q": after})
