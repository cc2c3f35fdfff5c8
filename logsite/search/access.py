"""Pages are for people who are logged in; a part of a page says so to its page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

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
        if is_partial(request):
            return _whole_page_to_login(request)
        return redirect_to_login(request.get_full_path(), resolve_url("login"))

    return guarded


def _whole_page_to_login(request: HttpRequest) -> HttpResponse:
    """The session ended while the page was open: it comes back where it was."""
    page = urlsplit(request.headers.get("HX-Current-URL", "/"))
    here = f"{page.path}?{page.query}" if page.query else page.path
    login = redirect_to_login(here, resolve_url("login"))
    return HttpResponse(status=401, headers={"HX-Redirect": login.url})
