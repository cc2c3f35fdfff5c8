"""The dead letters' pages: groups by cause, one group, and what is done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from ingest.errors import QueryError
from ingest.mongo import Document, database
from ingest.replay import letters
from ingest.replay.letters import Group, Selection
from ingest.replay.run import Mending
from ingest.stops import stopped_heads
from logsite.audit.actors import Actor
from logsite.deadletters import bench, jobs
from logsite.deadletters.forms import DiscardForm, RuleForm, check_typed
from logsite.deadletters.models import Replay
from logsite.deadletters.tasks import work_replays
from logsite.search.access import is_partial, page_login_required
from logsite.search.found import StoreAway, answering
from logsite.working import tell_celery

SHOWN_JOBS: Final = 5
PAGE: Final = 50
BAR: Final = 20  # pixels: the height of a trend


@dataclass(frozen=True)
class Row:
    """A group with the bars of its trend, each x, y and height."""

    group: Group
    bars: tuple[tuple[int, int, int], ...]


@page_login_required
def overview(request: HttpRequest) -> HttpResponse:
    """All groups, or their changing part alone when the page refreshes itself."""
    name = "deadletters/board.html" if is_partial(request) else "deadletters/page.html"
    state = request.GET.get("state", letters.OPEN)
    if state not in letters.STATES:
        raise Http404
    try:
        with answering() as store:
            found = bench.groups_of(store, state, timezone.now())
            counts = letters.counts(store)
    except StoreAway:
        return render(request, name, {"problem": "away", "state": state}, status=503)
    context = {
        "state": state,
        "states": [(one, counts[one]) for one in letters.STATES],
        "rows": [Row(one, bars(one.trend)) for one in found],
        "replays": Replay.objects.all()[:SHOWN_JOBS],
    }
    return render(request, name, context)


def bars(trend: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
    """Of a small chart; what is not 0 is seen."""
    most = max(trend, default=0) or 1
    heights = [max(1, BAR * n // most) if n else 0 for n in trend]
    return tuple((5 * n, BAR - high, high) for n, high in enumerate(heights))


@page_login_required
@require_http_methods(["GET", "POST"])
def group_page(request: HttpRequest, cause: str) -> HttpResponse:
    """Its letters, a rule to mend them, a dry run, and then the replay."""
    if request.method == "POST":
        refuse_readers(request)
    try:
        chosen = bench.selection_of(cause)
        with answering() as store:
            group = bench.group_of(store, cause, timezone.now())
            if group is None:
                return _settled(request, cause)
            if request.POST.get("step") == "discard":
                return _discard(request, group, chosen)
            return _mend(request, group, _chosen(request, chosen))
    except StoreAway:
        context = {"problem": "away", "cause": cause}
        return render(request, "deadletters/group.html", context, status=503)
    except QueryError as error:
        raise Http404 from error


def refuse_readers(request: HttpRequest) -> None:
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied


def _chosen(request: HttpRequest, group: Selection) -> Selection:
    """The letters that are ticked; the whole group if none is."""
    ids = request.POST.getlist("id")
    return bench.selection_of(ids=ids) if ids else group


def _settled(request: HttpRequest, cause: str) -> HttpResponse:
    """No letter of it is open any more."""
    counts = letters.count(database(), {"cause": cause})
    if not counts:
        raise Http404
    found = letters.find(database(), {"cause": cause}, None, PAGE)
    context = {"cause": cause, "count": counts, "letters": rows_of(found)}
    return render(request, "deadletters/group.html", context)


def _mend(request: HttpRequest, group: Group, chosen: Selection) -> HttpResponse:
    form = RuleForm(request.POST or None)
    context = {"form": form, "chosen": set(chosen.ids)}
    if not form.is_bound or not form.is_valid():
        return _page(request, group, context)
    meant = letters.count(database(), chosen.query())
    data = form.cleaned_data
    mending = Mending(form.steps, insist=data["insist"])
    if request.POST.get("step") == "replay" and data["rule"] == data["tried"]:
        try:
            check_typed(data["typed"], meant)
            return start(request, chosen, mending, data["rate"])
        except (ValidationError, QueryError) as error:
            form.add_error(
                "typed", error if isinstance(error, ValidationError) else str(error)
            )
    context["run"] = bench.dry_run(database(), chosen, mending)
    context["tried"] = data["rule"]
    return _page(request, group, context)


def start(
    request: HttpRequest, chosen: Selection, mending: Mending, rate: int
) -> HttpResponse:
    job = jobs.start(Actor.of(request), chosen, mending, rate)
    tell_celery(work_replays)
    return redirect("dead-replay", job.pk)


def _discard(request: HttpRequest, group: Group, chosen: Selection) -> HttpResponse:
    form = DiscardForm(group.count, request.POST)
    if not form.is_valid():
        return _page(request, group, {"form": RuleForm(), "discard": form})
    reason = form.cleaned_data["reason"]
    number = bench.discard(database(), Actor.of(request), chosen, reason)
    tell_discarded(request, number)
    return redirect("dead-letters")


def tell_discarded(request: HttpRequest, number: int) -> None:
    said = ngettext(
        "%(n)s letter was discarded.", "%(n)s letters were discarded.", number
    )
    messages.success(request, said % {"n": f"{number:,}"})


def _page(request: HttpRequest, group: Group, more: dict[str, Any]) -> HttpResponse:
    db = database()
    query = {**letters.of_state(letters.OPEN), "cause": group.cause}
    after = request.GET.get("after", "")
    cursor = bytes.fromhex(bench.check_id(after)) if after else None
    found = letters.find(db, query, cursor, PAGE + 1)
    context = {
        "cause": group.cause,
        "group": group,
        "bars": bars(group.trend),
        "letters": rows_of(found[:PAGE]),
        "next": found[PAGE - 1]["_id"].hex() if len(found) > PAGE else "",
        "stopped": [one["partition"] for one in _stopped(db)],
        "discard": DiscardForm(group.count),
        **more,
    }
    return render(request, "deadletters/group.html", context)


def _stopped(db: Any) -> list[Document]:
    return stopped_heads(db, settings.LOG_TOPIC)


def rows_of(found: Sequence[Document]) -> list[dict[str, Any]]:
    """Letters as the tables show them."""
    return [
        {
            "id": one["_id"].hex(),
            "received": one["received"],
            "partition": one["partition"],
            "offset": one["offset"],
            "message": one["message"],
            "state": one.get("state") or letters.OPEN,
            "attempts": one.get("attempts", 0),
            "start": (one["value"] or b"")[:160].decode(errors="replace"),
        }
        for one in found
    ]
