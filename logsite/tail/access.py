"""Who may tail: checked before a socket is accepted, and again while it is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from ingest.edge.addresses import client_address
from ingest.edge.auth import token_of
from ingest.edge.uses import Sender, sender
from ingest.errors import Unauthorized
from logsite.accounts.grants import lookup
from logsite.accounts.models import Scope
from logsite.accounts.seen import note_use
from logsite.accounts.tokens import digest_of

_sessions: Final = import_module(settings.SESSION_ENGINE)


@dataclass(frozen=True)
class Person:
    """Whom a socket belongs to: a user, or a token."""

    name: str


def person_of(scope: Mapping[str, Any]) -> Person | None:
    """Who opened a socket; None if they may not. Runs in a thread: it asks SQL."""
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in scope["headers"]
    }
    if not _is_our_host(headers.get("host", "")):
        return None
    close_old_connections()
    try:
        if "authorization" in headers:
            return _with_token(headers["authorization"], _where(scope, headers))
        # Browsers send cookies with the sockets of other sites' pages, too.
        if not is_same_origin(headers.get("origin", ""), headers["host"]):
            return None
        return _with_session(headers.get("cookie", ""))
    finally:
        close_old_connections()


def is_same_origin(origin: str, host: str) -> bool:
    """Whether the page that opens a socket is one of ours."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    return bool(origin) and urlsplit(origin).netloc.lower() == host.lower()


def _is_our_host(host: str) -> bool:
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def _where(scope: Mapping[str, Any], headers: Mapping[str, str]) -> Sender:
    peer, _port = scope.get("client") or ("", 0)
    forwarded = headers.get("x-forwarded-for", "")
    address = client_address(peer, forwarded, settings.TRUSTED_PROXIES)
    return sender(address, headers.get("user-agent", ""))


def _with_token(header: str, where: Sender) -> Person | None:
    try:
        grant = lookup(digest_of(token_of(header)))
    except Unauthorized:
        return None
    if grant is None or Scope.READ not in grant.scopes:
        return None
    note_use(grant, where.address, where.agent)
    return Person(f"token {grant.token_id}")


def _with_session(cookies: str) -> Person | None:
    try:
        found = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    request = HttpRequest()
    request.session = _sessions.SessionStore(found.value if found else None)
    user = get_user(request)
    return Person(f"user {user.pk}") if user.is_authenticated else None
