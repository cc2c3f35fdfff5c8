"""One replay: how far it is, what became of its letters, and a way to end it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from ingest.replay.wording import lines_of
from logsite.audit.actors import Actor
from logsite.deadletters import jobs
from logsite.deadletters.models import Replay
from logsite.deadletters.views import refuse_readers
from logsite.search.access import is_partial, page_login_required

UNTOUCHED: Final = timedelta(seconds=15)  # then it is said that nobody works at it


@page_login_required
def replay_page(request: HttpRequest, job: int) -> HttpResponse:
    """The whole page, or its changing part alone; that asks again until it ended."""
    name = "progress" if is_partial(request) else "replay"
    found = get_object_or_404(Replay, pk=job)
    context = {
        "job": found,
        "rule": "\n".join(lines_of(jobs.mending_of(found).rule)),
        "untouched": not found.has_ended
        and found.lease_until < timezone.now() - UNTOUCHED,
    }
    return render(request, f"deadletters/{name}.html", context)


@require_POST
@page_login_required
def cancel(request: HttpRequest, job: int) -> HttpResponse:
    refuse_readers(request)
    jobs.cancel(Actor.of(request), get_object_or_404(Replay, pk=job))
    return redirect("dead-replay", job)
