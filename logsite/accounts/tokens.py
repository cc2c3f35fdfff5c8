"""Tokens: made once, kept as a hash, found by it, revoked by name or prefix."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Final

from django.db import close_old_connections
from django.db.models import Q
from django.utils import timezone

from ingest.edge.auth import Grant
from ingest.entry import UNKNOWN_SERVICE
from logsite.accounts.models import IMPLIED, Token

START: Final = "lgs_"  # lets people and secret scanners recognise one
RANDOM_BYTES: Final = 32
SHOWN_CHARS: Final = 12  # of a token, in lists


def digest_of(plain: str) -> bytes:
    """A token is 256 random bits: a plain hash cannot be guessed back."""
    return hashlib.sha256(plain.encode()).digest()


def create(
    name: str, scopes: Iterable[str], services: Iterable[str] = ()
) -> tuple[Token, str]:
    """Make a token; its text is returned here and never again."""
    token = Token(name=name, scopes=list(scopes), services=list(services))
    plain = give_secret(token)
    token.full_clean()
    token.save()
    return token, plain


def give_secret(token: Token) -> str:
    """Draw the secret of a token that is not saved yet."""
    plain = START + secrets.token_urlsafe(RANDOM_BYTES)
    token.prefix = plain[:SHOWN_CHARS]
    token.digest = digest_of(plain)
    return plain


def revoke(name_or_prefix: str) -> list[Token]:
    """End every live token with this name or prefix; they stay listed."""
    found = Token.objects.filter(
        Q(name=name_or_prefix) | Q(prefix=name_or_prefix), revoked=None
    )
    tokens = list(found)
    found.update(revoked=timezone.now())
    return tokens


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
    )


def scopes_of(token: Token) -> set[str]:
    """The scopes of a token with those that they imply."""
    return {
        str(implied)
        for scope in token.scopes
        for implied in IMPLIED.get(scope, (scope,))
    }
