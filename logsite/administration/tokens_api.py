"""/api/tokens: make, list, change and revoke tokens; their text is answered once."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status

from ingest.errors import QueryError, Refused
from logsite.accounts import tokens
from logsite.accounts.access import require
from logsite.accounts.figures import days_of
from logsite.accounts.models import Token
from logsite.administration.hub import ADD_TOKENS, CHANGE_TOKENS, VIEW_TOKENS
from logsite.administration.token_schemas import (
    OneTokenOut,
    TokenChangeIn,
    TokenIn,
    TokenMadeOut,
    TokensIn,
    TokensOut,
)
from logsite.audit.actors import Actor
from logsite.parameters import refuse_unknown

router = Router(tags=["tokens"])
SHOWN: Final = (
    *("id", "name", "prefix", "scopes", "services", *tokens.LIMITS),
    *("created", "created_by", "last_used", "revoked"),
)


class Revoked(Refused):
    status = HTTPStatus.CONFLICT


@router.get("/tokens", response=TokensOut, summary="All tokens")
def list_tokens(request: HttpRequest, asked: Query[TokensIn]) -> dict[str, Any]:
    """Never with their text. Needs scope admin, as everything here."""
    require(request, VIEW_TOKENS)
    refuse_unknown(request, TokensIn)
    found = Token.objects.all() if asked.revoked else Token.objects.filter(revoked=None)
    return {"tokens": _shown(found)}


@router.post("/tokens", response={201: TokenMadeOut}, summary="Make a token")
def create_token(request: HttpRequest, given: TokenIn) -> Status[dict[str, Any]]:
    """The answer holds its text, which is nowhere else."""
    require(request, ADD_TOKENS)
    token = Token(**given.dict())
    try:
        plain = tokens.make(token, Actor.of(request))
    except ValidationError as error:
        raise _invalid(error) from error
    return Status(HTTPStatus.CREATED, {**_one(token), "token": plain})


@router.get("/tokens/{token_id}", response=OneTokenOut, summary="One token")
def show_token(request: HttpRequest, token_id: int) -> dict[str, Any]:
    """With the addresses and programs that used it last."""
    require(request, VIEW_TOKENS)
    return _one(get_object_or_404(Token, pk=token_id))


@router.patch("/tokens/{token_id}", response=OneTokenOut, summary="Change a token")
def change_token(
    request: HttpRequest, token_id: int, given: TokenChangeIn
) -> dict[str, Any]:
    """Its text stays the same; web processes know within half a minute."""
    require(request, CHANGE_TOKENS)
    token = get_object_or_404(Token, pk=token_id)
    if token.revoked:
        raise Revoked("token_revoked", "This token was revoked.", "Make a new one.")
    try:
        tokens.change(token, Actor.of(request), given.changes())
    except ValidationError as error:
        raise _invalid(error) from error
    return _one(token)


@router.delete("/tokens/{token_id}", response={204: None}, summary="Revoke a token")
def revoke_token(request: HttpRequest, token_id: int) -> Status[None]:
    """It stays listed; senders are refused within half a minute."""
    require(request, CHANGE_TOKENS)
    tokens.end(get_object_or_404(Token, pk=token_id), Actor.of(request))
    return Status(HTTPStatus.NO_CONTENT, None)


def _one(token: Token) -> dict[str, Any]:
    return {**_shown([token])[0], "senders": list(token.senders.all())}


def _shown(found: Iterable[Token]) -> list[dict[str, Any]]:
    found = list(found)
    days = days_of(found, timezone.now())
    return [
        {name: getattr(token, name) for name in SHOWN}
        | {"bytes_today": days[token.pk].used}
        for token in found
    ]


def _invalid(error: ValidationError) -> QueryError:
    return QueryError("invalid_token", "; ".join(error.messages))
