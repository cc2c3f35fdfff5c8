"""Who may read through the API: a session, or a bearer token with scope read."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from ingest.edge.auth import Grant
from ingest.errors import Forbidden
from logsite.accounts.grants import lookup
from logsite.accounts.models import Scope
from logsite.accounts.seen import note_use
from logsite.accounts.tokens import digest_of
from logsite.audit.actors import address_of


class ReadToken(HttpBearer):
    """A token with scope read; a known one without it is told so."""

    def authenticate(self, request: HttpRequest, token: str) -> Grant | None:
        grant = lookup(digest_of(token))
        if grant and Scope.READ not in grant.scopes:
            raise Forbidden(
                "scope_missing",
                "This token may not read.",
                "Use one made with --scope read or --scope admin.",
            )
        if grant:
            agent = request.headers.get("User-Agent", "")
            note_use(grant, address_of(request), agent)
        return grant


read_auth: Final[list[Any]] = [ReadToken(), SessionAuth()]


def may_read(request: HttpRequest) -> bool:
    """The same for views that are no API routes."""
    return any(auth(request) for auth in read_auth)


def may(request: HttpRequest, permission: str) -> bool:
    """Whether the sender of an API request holds scope admin, or the permission."""
    who: Any = request.auth  # type: ignore[attr-defined]  # ninja's: token or person
    if isinstance(who, Grant):
        return Scope.ADMIN in who.scopes
    return bool(who.has_perm(permission))


def require(request: HttpRequest, permission: str) -> None:
    """Refuse whoever may not, and say what would do."""
    if not may(request, permission):
        raise Forbidden(
            "scope_missing",
            "This is for those who look after the site.",
            "Use a token made with --scope admin, or an account with the permission "
            f"{permission}.",
        )
