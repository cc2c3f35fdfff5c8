"""The pipeline page: how far entries have come, and what became of each offset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from logsite.accounts.models import Token
from logsite.accounts.seen import had_on
from logsite.parts import board as parts
from logsite.pipeline.board import Board, read
from logsite.pipeline.minutes import TokenRow
from logsite.pipeline.troubles import Hop, Trouble, is_late, troubles
from logsite.search.access import is_partial, page_login_required
from logsite.search.found import StoreAway, answering
from logsite.search.visible import visible


@page_login_required
def pipeline(request: HttpRequest) -> HttpResponse:
    """The whole page, or its changing part alone when it refreshes itself."""
    name = "pipeline/board.html" if is_partial(request) else "pipeline/page.html"
    answers, board, status = parts().answers(), None, 200
    try:
        with answering() as store:
            reads = settings.LOG_TOPIC, settings.STORE_GROUP
            beats = Path(settings.HEARTBEAT_DIR)
            board = read(store, *reads, beats, datetime.now(UTC))
    except StoreAway:
        # As a part it is shown, too: htmx takes 503 as it takes 200 (htmx-config).
        status = 503
    names = _names(board) if board else {}
    found = troubles(board, answers, names)
    context: dict[str, Any] = {"board": board, "troubles": found}
    context["at"] = {hop.name.lower(): _worst(found, hop) for hop in Hop}
    if board is not None:
        context |= {"late": is_late(board), "tokens": _named(board, names)}
        context["services"] = [(visible(one.service), one) for one in board.services]
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def _worst(found: list[Trouble], hop: Hop) -> str:
    """The colour of a hop: what is worst there."""
    levels = [one.level for one in found if one.hop is hop]
    return min(levels).state if levels else ""


@dataclass(frozen=True)
class TokenShown:
    """A token's row with what SQL knows of it."""

    row: TokenRow
    name: str  # "" for one that was deleted
    today: int  # bytes


def _names(board: Board) -> dict[str, str]:
    """Of all tokens that the page tells of, by id."""
    told = {one.token_id for one in board.tokens}
    told |= {one.token_id for one in board.refused}
    numbers = [int(token_id) for token_id in told if token_id.isdecimal()]
    found = Token.objects.filter(pk__in=numbers).values_list("pk", "name")
    return {str(number): name for number, name in found}


def _named(board: Board, names: Mapping[str, str]) -> list[TokenShown]:
    sizes = had_on(datetime.now(UTC).date())
    return [
        TokenShown(one, names.get(one.token_id, ""), sizes.get(number, 0))
        for one in board.tokens
        for number in (int(one.token_id) if one.token_id.isdecimal() else -1,)
    ]
