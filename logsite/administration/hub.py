"""The page /settings: the way to what people who look after the site set."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from logsite.search.access import View, page_login_required

VIEW_TOKENS: Final = "accounts.view_token"
ADD_TOKENS: Final = "accounts.add_token"
CHANGE_TOKENS: Final = "accounts.change_token"
VIEW_AUDIT: Final = "audit.view_auditentry"


def for_those_with(permission: str) -> Callable[[View], View]:
    """A page for people with a permission; superusers have all of them."""

    def decorated(view: View) -> View:
        @wraps(view)
        def guarded(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied(permission)
            return view(request, *args, **kwargs)

        return page_login_required(guarded)

    return decorated


@page_login_required
def hub(request: HttpRequest) -> HttpResponse:
    """For staff: what of it one may open is shown, the rest says what it needs.

    Others go to the first page that they may open.
    """
    may_tokens, may_audit = map(request.user.has_perm, (VIEW_TOKENS, VIEW_AUDIT))
    if not getattr(request.user, "is_staff", False):
        return _first(may_tokens, may_audit)
    context = {"may_tokens": may_tokens, "may_audit": may_audit}
    return render(request, "settings/page.html", context)


def _first(may_tokens: bool, may_audit: bool) -> HttpResponse:
    if may_tokens:
        return redirect("settings-tokens")
    if may_audit:
        return redirect("settings-audit")
    raise PermissionDenied(VIEW_TOKENS)
