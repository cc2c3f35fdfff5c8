"""What the holder of a token may do, found by the token's hash."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.db import close_old_connections

from ingest.edge.auth import Grant, Lookup
from ingest.edge.rates import Rates
from ingest.entry import UNKNOWN_SERVICE
from logsite.accounts.models import IMPLIED, Token
from logsite.accounts.seen import had_elsewhere


def lookup(digest: bytes) -> Grant | None:
    """What the holder of a token may do; None if it is unknown or revoked."""
    token = Token.objects.filter(digest=digest, revoked=None).first()
    return grant_of(token) if token else None


def lookup_for(process: str) -> Lookup:
    """For the edge of a process: with what the others had of the day's quota.

    Called in a thread of its own, outside any request.
    """

    def found(digest: bytes) -> Grant | None:
        close_old_connections()
        try:
            grant = lookup(digest)
            return _with_share(grant, process) if grant else None
        finally:
            close_old_connections()

    return found


def _with_share(grant: Grant, process: str) -> Grant:
    if not limits_of(grant).bytes_per_day:
        return grant
    return replace(grant, elsewhere=had_elsewhere(grant.token_id, process))


def site_limits() -> Rates:
    """Of tokens that have none of their own."""
    return Rates(
        settings.RATE_LIMIT_ENTRIES,
        settings.RATE_LIMIT_BYTES,
        settings.RATE_LIMIT_BYTES_PER_DAY,
    )


def limits_of(grant: Grant) -> Rates:
    """Those that hold: the token's own over the site's."""
    return (grant.rates or Rates()).over(site_limits())


def grant_of(token: Token) -> Grant:
    services = [str(service) for service in token.services]
    return Grant(
        token_id=str(token.pk),
        name=token.name,
        scopes=frozenset(scopes_of(token)),
        services=frozenset(services),
        default_service=services[0] if services else UNKNOWN_SERVICE,
        rates=token.rates,
    )


def scopes_of(token: Token) -> set[str]:
    """The scopes of a token with those that they imply."""
    return {
        str(implied)
        for scope in token.scopes
        for implied in IMPLIED.get(scope, (scope,))
    }
