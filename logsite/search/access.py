"""Pages are for people who are logged in; a part of a page says so to its page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone

from logsite.search.preferences import preferences

View = Callable[..., HttpResponseBase]


def is_partial(request: HttpRequest) -> bool:
    """htmx asks for a part of the page, except when it restores a whole one."""
    headers = request.headers
    return "HX-Request" in headers and "HX-History-Restore-Request" not in headers


def page_login_required(view: View) -> View:
    """Anonymous readers log in first; the others get times in their own zone."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            with timezone.override(preferences(request.COOKIES).zone):
                return view(request, *args, **kwargs)
        if is_partial(request):  # its page says so, and knows what is typed there
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
        return _to_login(request)

    return guarded


def _to_login(request: HttpRequest) -> HttpResponse:
    """And back; who has been logged in before is told that this has ended."""
    has_ended = settings.SESSION_COOKIE_NAME in request.COOKIES
    login = resolve_url("login") + ("?ended=1" if has_ended else "")
    return redirect_to_login(_here(request), login)


def _here(request: HttpRequest) -> str:
    """What a person was looking at: nothing is posted a second time."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    page = urlsplit(request.headers.get("Referer", ""))
    return page._replace(scheme="", netloc="").geturl() or "/"
