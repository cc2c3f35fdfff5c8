"""The addresses that an orchestrator asks: /healthz and /readyz."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from logsite.errors import error_response
from logsite.health import Purpose
from logsite.parts import board


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """This process answers; whether its parts do is another question."""
    return JsonResponse({"alive": True})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 if all purposes are served; `?for=ingest` asks for that one only."""
    asked = request.GET.getlist("for") or list(Purpose)
    unknown = set(asked) - set(Purpose)
    if unknown:
        allowed = ", ".join(Purpose)
        return error_response(
            400,
            "invalid_parameter",
            f"for: {unknown.pop()!r}",
            f"Use one of {allowed}.",
        )
    body = board().report(Purpose(purpose) for purpose in asked)
    return JsonResponse(body, status=200 if body["ready"] else 503)
