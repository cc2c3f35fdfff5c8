"""The pipeline page: how far entries have come, and what became of each offset."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from ingest.kafka.watch.holds import Kind
from logsite.health import Answer, State
from logsite.parts import board as parts
from logsite.pipeline.board import Board, read
from logsite.search.access import is_partial, page_login_required
from logsite.search.found import StoreAway, answering

FAR_BEHIND_S: Final = 10.0  # as the status line has it
# What comes and goes by itself is worth no word unless it lasts.
_PASSING: Final = (Kind.BEHIND, Kind.UNCOMPARED, Kind.UNSETTLED)
_HOLDS: Final[Mapping[str, Any]] = {
    Kind.BEHIND: ngettext_lazy(
        "Partition %(partition)s is %(shown)s message behind.",
        "Partition %(partition)s is %(shown)s messages behind.",
        "count",
    ),
    Kind.SPOOL: gettext_lazy(
        "Entries accepted since %(since)s wait in the spool %(detail)s."
    ),
    Kind.SKEW: gettext_lazy(
        "The clocks of MongoDB and of the process watch differ by %(detail)s s; the "
        "earlier one counts."
    ),
    Kind.STOPPED: gettext_lazy(
        "Partition %(partition)s was stopped at offset %(shown)s: %(detail)s"
    ),
    Kind.TRUNCATED: gettext_lazy(
        "Partition %(partition)s ends before what is stored of it, or holds other "
        "messages: a store worker has to begin a new generation."
    ),
    Kind.UNCOMPARED: gettext_lazy(
        "Partition %(partition)s has a new leader; its log is being compared."
    ),
    Kind.REPLACED: gettext_lazy(
        "The topic was made anew; partition %(partition)s waits for a store worker."
    ),
    Kind.UNCONFIRMED: gettext_lazy("No second broker confirms who leads the topic."),
    Kind.UNSETTLED: gettext_lazy("Leaders or partitions changed during a look."),
}


@page_login_required
def pipeline(request: HttpRequest) -> HttpResponse:
    """The whole page, or its changing part alone when it refreshes itself."""
    name = "pipeline/board.html" if is_partial(request) else "pipeline/page.html"
    answers = parts().answers()
    context: dict[str, Any] = {"ailing": ailing(answers)}
    status = 200
    try:
        with answering() as store:
            names = settings.LOG_TOPIC, settings.STORE_GROUP
            beats = Path(settings.HEARTBEAT_DIR)
            board = read(store, *names, beats, datetime.now(UTC))
        context = {
            "board": board,
            "holds": _holds(board),
            "late": _is_late(board),
            "ailing": ailing(answers, board.silent_s is not None),
        }
    except StoreAway:
        # As a part it is shown, too: htmx takes 503 as it takes 200 (htmx-config).
        status = 503
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response


def ailing(
    answers: Mapping[str, Answer], is_clock_silent: bool = False
) -> list[tuple[str, Answer]]:
    """Parts that are not well, as /readyz says; a silent clock has its own line."""
    return [
        (name, answer)
        for name, answer in answers.items()
        if answer.state is not State.OK and not (is_clock_silent and name == "watch")
    ]


def _is_late(board: Board) -> bool:
    behind_s = board.freshness.behind_s
    return behind_s is None or behind_s > FAR_BEHIND_S


def _holds(board: Board) -> list[str]:
    """Why the data clock waits, in the reader's language."""
    # What passes was so at the last round: it says nothing once there is none.
    lasts = _is_late(board) and board.silent_s is None
    told = [one for one in board.reasons if lasts or one["kind"] not in _PASSING]
    return [_words(reason) for reason in told]


def _words(reason: Mapping[str, Any]) -> str:
    since = reason["since"]
    told = {
        "partition": reason["partition"],
        "count": reason["count"],
        "shown": f"{reason['count']:,}",
        "detail": reason["detail"],
        "since": since.strftime("%Y-%m-%d %H:%M:%S UTC") if since else "",
    }
    pattern = _HOLDS.get(reason["kind"])
    return str(pattern % told) if pattern else _("Unknown: %(kind)s") % reason
