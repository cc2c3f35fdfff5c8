"""One dead letter whole, and its fix by hand."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ingest.errors import QueryError, Refused
from ingest.mongo import Document, database
from ingest.replay import letters
from ingest.replay.letters import Selection
from ingest.replay.run import Mending
from logsite.audit.actors import Actor
from logsite.deadletters import bench
from logsite.deadletters.api import as_text, letter_shape
from logsite.deadletters.forms import DiscardForm, HandForm
from logsite.deadletters.views import refuse_readers, start, tell_discarded
from logsite.search.access import page_login_required
from logsite.search.found import StoreAway, answering

SHOWN_BYTES: Final = 4_096
SHOWN_TEXT: Final = 262_144


@page_login_required
@require_http_methods(["GET", "POST"])
def letter_page(request: HttpRequest, name: str) -> HttpResponse:
    """What was sent, why it failed, what became of it; then what to do with it."""
    if request.method == "POST":
        refuse_readers(request)
    try:
        with answering() as store:
            return _answer(request, bench.letter_of(store, name))
    except StoreAway:
        context = {"problem": "away", "name": name}
        return render(request, "deadletters/letter.html", context, status=503)
    except Refused as error:
        raise Http404 from error


def _answer(request: HttpRequest, letter: Document) -> HttpResponse:
    chosen = Selection(ids=[letter["_id"].hex()])
    if request.POST.get("step") == "discard":
        form = DiscardForm(1, {**request.POST.dict(), "typed": "1"})
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            number = bench.discard(database(), Actor.of(request), chosen, reason)
            tell_discarded(request, number)
            return redirect("dead-letter", chosen.ids[0])
        return _page(request, letter, {"discard": form})
    return _by_hand(request, letter, chosen)


def _by_hand(request: HttpRequest, letter: Document, chosen: Selection) -> HttpResponse:
    text = as_text(letter["value"] or b"")
    form = HandForm(request.POST or None, initial={"text": text})
    if not form.is_bound or not form.is_valid():
        return _page(request, letter, {"form": form})
    data = form.cleaned_data
    try:
        mending = bench.mending_of(
            [], _written(data["text"], text), data["insist"], chosen
        )
        if request.POST.get("step") == "replay":
            _check_sendable(mending, letter)
            return start(request, chosen, mending, data["rate"])
    except (QueryError, ValidationError) as error:
        form.add_error(
            "text", error if isinstance(error, ValidationError) else str(error)
        )
        return _page(request, letter, {"form": form})
    run = bench.dry_run(database(), chosen, mending)
    return _page(request, letter, {"form": form, "run": run})


def _written(text: str, before: str) -> str:
    """Browsers send other line ends than they were given."""
    return text if "\r\n" in before else text.replace("\r\n", "\n")


def _check_sendable(mending: Mending, letter: Document) -> None:
    trial = mending.trial(letter)
    if not mending.sends(trial):
        raise ValidationError(_("It would fail again: %(why)s") % {"why": trial.reason})


def _page(request: HttpRequest, letter: Document, more: dict[str, Any]) -> HttpResponse:
    value = letter["value"] or b""
    context = {
        "letter": letter_shape(letter),
        "text": as_text(value)[:SHOWN_TEXT],
        "is_text": _is_text(value),
        "hex": bench.as_hex(value, SHOWN_BYTES),
        "unshown": max(0, len(value) - SHOWN_BYTES),
        "source": None if letter["key"] is None else as_text(letter["key"]),
        "headers": [(name, as_text(held or b"")) for name, held in letter["headers"]],
        "origin": letter["origin"].hex() if "origin" in letter else "",
        "became": [one["_id"].hex() for one in letters.descendants(database(), letter)],
        "discard": DiscardForm(1),
        **more,
    }
    return render(request, "deadletters/letter.html", context)


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True
