"""What the holder of a token may do, found by the token's hash."""

from __future__ import annotations

from django.db import close_old_connections

from ingest.edge.auth import Grant
from ingest.edge.rates import Rates
from ingest.entry import UNKNOWN_SERVICE
from logsite.accounts.models import IMPLIED, Token


def lookup(digest: bytes) -> Grant | None:
    """What the holder of a token may do; None if it is unknown or revoked.

    Called by the edge in a thread of its own, outside any request.
    """
    close_old_connections()
    try:
        token = Token.objects.filter(digest=digest, revoked=None).first()
        return grant_of(token) if token else None
    finally:
        close_old_connections()


def grant_of(token: Token) -> Grant:
    services = [str(service) for service in token.services]
    return Grant(
        token_id=str(token.pk),
        name=token.name,
        scopes=frozenset(scopes_of(token)),
        services=frozenset(services),
        default_service=services[0] if services else UNKNOWN_SERVICE,
        rates=Rates(token.rate_entries, token.rate_bytes),
    )


def scopes_of(token: Token) -> set[str]:
    """The scopes of a token with those that they imply."""
    return {
        str(implied)
        for scope in token.scopes
        for implied in IMPLIED.get(scope, (scope,))
    }
