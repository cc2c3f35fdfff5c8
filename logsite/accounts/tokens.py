"""Tokens: made once, kept as a hash, revoked by name or prefix."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Final

from django.db.models import Q
from django.utils import timezone

from logsite.accounts.models import Token

START: Final = "lgs_"  # lets people and secret scanners recognise one
RANDOM_BYTES: Final = 32
SHOWN_CHARS: Final = 12  # of a token, in lists


def digest_of(plain: str) -> bytes:
    """A token is 256 random bits: a plain hash cannot be guessed back."""
    return hashlib.sha256(plain.encode()).digest()


def create(
    name: str,
    scopes: Iterable[str],
    services: Iterable[str] = (),
    rate_entries: int | None = None,
    rate_bytes: int | None = None,
) -> tuple[Token, str]:
    """Make a token; its text is returned here and never again."""
    token = Token(
        name=name,
        scopes=list(scopes),
        services=list(services),
        rate_entries=rate_entries,
        rate_bytes=rate_bytes,
    )
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
