"""The pages of tokens: all of them, a new one, one with who uses it, the end of one."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from logsite.accounts import tokens
from logsite.accounts.figures import Day, days_of
from logsite.accounts.forms import RevokeForm, TokenForm
from logsite.accounts.models import Scope, Token
from logsite.administration.hub import (
    ADD_TOKENS,
    CHANGE_TOKENS,
    VIEW_TOKENS,
    for_those_with,
)
from logsite.audit.actors import Actor


@dataclass(frozen=True)
class Row:
    """A token in the list."""

    token: Token
    day: Day


@for_those_with(VIEW_TOKENS)
def all_tokens(request: HttpRequest) -> HttpResponse:
    """The valid ones; those that were revoked on demand."""
    with_revoked = "revoked" in request.GET
    found = list(Token.objects.all())
    shown = [token for token in found if with_revoked or not token.revoked]
    days = days_of(shown, timezone.now())
    context = {
        "rows": [Row(token, days[token.pk]) for token in shown],
        "with_revoked": with_revoked,
        "revoked": sum(bool(token.revoked) for token in found),
        "may_add": request.user.has_perm(ADD_TOKENS),
    }
    return render(request, "settings/tokens.html", context)


@for_those_with(ADD_TOKENS)
@require_http_methods(["GET", "POST"])
@never_cache
def new_token(request: HttpRequest) -> HttpResponse:
    """A form; then the token's text, on this one page and never again."""
    form = TokenForm(request.POST or None, initial={"scopes": [Scope.INGEST]})
    if request.method == "GET" or not form.is_valid():
        status = 400 if request.method == "POST" else 200
        return render(request, "settings/new_token.html", {"form": form}, status=status)
    token: Token = form.save(commit=False)
    plain = tokens.make(token, Actor.of(request))
    context = {
        "token": token,
        "plain": plain,
        "command": first_command(request.build_absolute_uri("/"), token, plain),
    }
    return render(request, "settings/made_token.html", context, status=201)


def first_command(site: str, token: Token, plain: str) -> str:
    """A line for the shell that shows that the token works."""
    header = f'-H "Authorization: Bearer {plain}"'
    if Scope.INGEST in token.scopes:
        service = token.services[0] if token.services else "hello"
        entry = {"service": service, "level": "INFO", "message": "first line"}
        body = shlex.quote(json.dumps(entry, ensure_ascii=False))
        kind = '-H "Content-Type: application/json"'
        return f"curl {site}api/logs \\\n  {header} \\\n  {kind} \\\n  -d {body}"
    path = "api/tokens" if Scope.ADMIN in token.scopes else "api/logs?limit=10"
    return f'curl "{site}{path}" \\\n  {header}'


@for_those_with(VIEW_TOKENS)
@require_http_methods(["GET", "POST"])
def token_page(request: HttpRequest, token_id: int) -> HttpResponse:
    """What one may do, how much, and who uses it."""
    token = get_object_or_404(Token, pk=token_id)
    if request.method == "GET":
        return _token(request, token, TokenForm(instance=token))
    if token.revoked or not request.user.has_perm(CHANGE_TOKENS):
        raise PermissionDenied(CHANGE_TOKENS)
    form = TokenForm(request.POST, instance=token)
    if not form.is_valid():
        return _token(request, get_object_or_404(Token, pk=token_id), form)
    stored = get_object_or_404(Token, pk=token_id)  # the form has filled the other
    tokens.change(stored, Actor.of(request), form.cleaned_data)
    said = _("Saved. Web processes know of it within half a minute.")
    messages.success(request, said)
    return redirect("settings-token", token_id)


def _token(
    request: HttpRequest,
    token: Token,
    form: TokenForm,
    revoking: RevokeForm | None = None,
) -> HttpResponse:
    context = {
        "token": token,
        "day": days_of([token], timezone.now())[token.pk],
        "senders": token.senders.all(),
        "form": form,
        "may_change": request.user.has_perm(CHANGE_TOKENS) and not token.revoked,
        "revoking": revoking or RevokeForm(token.name),
    }
    is_refused = form.is_bound or revoking is not None
    status = 400 if is_refused else 200
    return render(request, "settings/token.html", context, status=status)


@for_those_with(CHANGE_TOKENS)
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """For good; its name has to be typed, for its senders are refused then."""
    token = get_object_or_404(Token, pk=token_id)
    form = RevokeForm(token.name, request.POST)
    if not form.is_valid():
        return _token(request, token, TokenForm(instance=token), form)
    tokens.end(token, Actor.of(request))
    said = _("Token %(name)s was revoked. Senders are refused within half a minute.")
    messages.success(request, said % {"name": token.name})
    return redirect("settings-tokens")
