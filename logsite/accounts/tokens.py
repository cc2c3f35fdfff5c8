"""Tokens: made once, kept as a hash, revoked by name or prefix."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ingest.edge.rates import Rates
from logsite.accounts.models import Token
from logsite.audit.actors import Actor
from logsite.audit.recording import record

START: Final = "lgs_"  # lets people and secret scanners recognise one
RANDOM_BYTES: Final = 32
SHOWN_CHARS: Final = 12  # of a token, in lists
SITES: Final = Rates()  # the limits that hold for any token without its own
LIMITS: Final = ("rate_entries", "rate_bytes", "bytes_per_day")
EDITABLE: Final = ("name", "scopes", "services", *LIMITS)


def digest_of(plain: str) -> bytes:
    """A token is 256 random bits: a plain hash cannot be guessed back."""
    return hashlib.sha256(plain.encode()).digest()


def create(
    name: str,
    scopes: Iterable[str],
    services: Iterable[str] = (),
    rates: Rates = SITES,
    by: Actor | None = None,
) -> tuple[Token, str]:
    """Make a token; its text is returned here and never again."""
    token = Token(
        name=name,
        scopes=list(scopes),
        services=list(services),
        rate_entries=rates.entries,
        rate_bytes=rates.bytes,
        bytes_per_day=rates.bytes_per_day,
    )
    return token, make(token, by or Actor.system())


def make(token: Token, by: Actor) -> str:
    """Give a filled token its secret, save it, and return the secret."""
    plain = give_secret(token)
    token.created_by = by.label
    token.full_clean()
    with transaction.atomic():
        token.save()
        record(by, "token.create", token.name, _told(token, EDITABLE))
    return plain


def change(token: Token, by: Actor, changes: Mapping[str, Any]) -> list[str]:
    """Set what is named in `changes`, all of EDITABLE; the secret stays the same."""
    changed = [name for name in changes if getattr(token, name) != changes[name]]
    before = _told(token, changed)
    for name in changed:
        setattr(token, name, changes[name])
    token.full_clean()
    if changed:
        with transaction.atomic():
            token.save(update_fields=changed)
            detail = {"from": before, "to": _told(token, changed)}
            record(by, "token.change", token.name, detail)
    return changed


def give_secret(token: Token) -> str:
    """Draw the secret of a token that is not saved yet."""
    plain = START + secrets.token_urlsafe(RANDOM_BYTES)
    token.prefix = plain[:SHOWN_CHARS]
    token.digest = digest_of(plain)
    return plain


def revoke(name_or_prefix: str, by: Actor | None = None) -> list[Token]:
    """End every live token with this name or prefix; they stay listed."""
    named = Q(name=name_or_prefix) | Q(prefix=name_or_prefix)
    tokens = list(Token.objects.filter(named, revoked=None))
    for token in tokens:
        end(token, by or Actor.system())
    return tokens


def end(token: Token, by: Actor) -> bool:
    """Revoke one; False if somebody else has done so meanwhile."""
    with transaction.atomic():
        live = Token.objects.filter(pk=token.pk, revoked=None)
        ended = bool(live.update(revoked=timezone.now()))
        if ended:
            record(by, "token.revoke", token.name, {"prefix": token.prefix})
    return ended


def _told(token: Token, names: Iterable[str]) -> dict[str, Any]:
    """For the audit trail: limits that are the site's are left out."""
    found = {name: getattr(token, name) for name in names if name != "name"}
    return {name: value for name, value in found.items() if value is not None}
