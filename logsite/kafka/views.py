"""The Kafka pages: brokers, topics and groups; creating and deleting a topic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ingest.errors import Busy, Refused
from ingest.kafka.shapes import Group, Snapshot, Topic, total_lag
from ingest.kafka.topics import refuse_kept
from logsite.audit.actors import Actor
from logsite.kafka import cluster
from logsite.kafka.forms import DeleteForm, TopicForm
from logsite.search.access import is_partial, page_login_required
from logsite.search.found import StoreAway, answering

DEFAULT_REPLICATION: Final = 3
STALE: Final = timedelta(seconds=30)  # a look is due every five


@dataclass(frozen=True)
class Row:
    """A topic in the list; `lag` is that of the group that is farthest behind."""

    topic: Topic
    rate: float | None
    readers: int
    lag: int | None


@dataclass(frozen=True)
class Reader:
    """A group that reads the topic of the page."""

    group: Group
    lag: int | None
    lost: int


@page_login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Everything at a glance, as of a few seconds ago."""
    name = "kafka/overview.html" if is_partial(request) else "kafka/page.html"
    with_internal = "internal" in request.GET
    context: dict[str, Any] = {"with_internal": with_internal}
    try:
        with answering():
            seen = cluster.newest()
            rates = cluster.rates_at(seen) if seen else {}
    except StoreAway:
        return render(request, name, {**context, "problem": "away"}, status=503)
    if seen:
        context["stale"] = _is_stale(seen)
        shown = [t for t in seen.topics if with_internal or not t.is_internal]
        context["rows"] = [_row(seen, topic, rates) for topic in shown]
        context["hidden"] = len(seen.topics) - len(shown)
    return render(request, name, {**context, "seen": seen})


def _is_stale(seen: Snapshot) -> bool:
    return datetime.now(UTC) - seen.at > STALE


def _row(seen: Snapshot, topic: Topic, rates: dict[str, float]) -> Row:
    readers = _readers(seen, topic)
    lag = max((one.lag for one in readers if one.lag is not None), default=None)
    return Row(topic, rates.get(topic.name), len(readers), lag)


def _readers(seen: Snapshot, topic: Topic) -> list[Reader]:
    """Who reads the topic, the farthest behind first."""
    found = []
    for group in seen.readers(topic.name):
        here = group.of_topic(topic.name)
        found.append(Reader(group, total_lag(here), sum(one.lost for one in here)))
    return sorted(found, key=lambda one: (-(one.lag or 0), one.group.name))


@page_login_required
def topic_page(request: HttpRequest, name: str) -> HttpResponse:
    try:
        with answering():
            seen = cluster.newest()
            rates = cluster.rates_at(seen) if seen else {}
    except StoreAway:
        return _away(request, "kafka/topic.html", name)
    topic = seen.topic(name) if seen else None
    if seen is None or topic is None:
        raise Http404
    context = {
        "name": name,
        "seen": seen,
        "stale": _is_stale(seen),
        "topic": topic,
        "rate": rates.get(name),
        "readers": _readers(seen, topic),
        "is_kept": name in cluster.kept_topics(),
    }
    return render(request, "kafka/topic.html", context)


@page_login_required
def topic_settings(request: HttpRequest, name: str) -> HttpResponse:
    """A part of the topic's page that comes later: Kafka itself is asked."""
    context: dict[str, Any] = {}
    try:
        found = cluster.settings_of(name)
    except (Busy, Refused) as error:
        context["error"] = error
    else:
        context["own"] = [one for one in found if one.is_own]
        context["inherited"] = [one for one in found if not one.is_own]
    return render(request, "kafka/settings.html", context)


@page_login_required
def group_page(request: HttpRequest, name: str) -> HttpResponse:
    try:
        with answering():
            seen = cluster.newest()
    except StoreAway:
        return _away(request, "kafka/group.html", name)
    group = seen.group(name) if seen else None
    if seen is None or group is None:
        raise Http404
    stale = _is_stale(seen)
    context = {"name": name, "seen": seen, "stale": stale, "group": group}
    return render(request, "kafka/group.html", context)


@page_login_required
@require_http_methods(["GET", "POST"])
def new_topic(request: HttpRequest) -> HttpResponse:
    """A form, then what Kafka says of it, then the topic."""
    _refuse_readers(request)
    brokers = _brokers()
    replication = min(DEFAULT_REPLICATION, brokers or 1)
    form = TopicForm(request.POST or None, initial={"replication": replication})
    step = request.POST.get("step", "edit")
    context = {"form": form, "brokers": brokers}
    if step == "edit" or not form.is_valid():
        return render(request, "kafka/new_topic.html", context)
    try:
        cluster.create_topic(Actor.of(request), form.wanted(), step != "create")
    except (Busy, Refused) as error:
        form.add_error(None, _told(error))
        return render(request, "kafka/new_topic.html", context)
    if step == "create":
        name = form.cleaned_data["name"]
        messages.success(request, _("Topic %(name)s was created.") % {"name": name})
        return redirect("kafka-topic", name)
    copies = form.cleaned_data["partitions"] * form.cleaned_data["replication"]
    return render(request, "kafka/preview.html", {**context, "copies": copies})


def _away(request: HttpRequest, template: str, name: str) -> HttpResponse:
    return render(request, template, {"name": name, "problem": "away"}, status=503)


def _brokers() -> int:
    """How many there are, to suggest something; 0 if nobody knows."""
    try:
        with answering():
            seen = cluster.newest()
    except StoreAway:
        return 0
    return len(seen.brokers) if seen else 0


@page_login_required
@require_http_methods(["GET", "POST"])
def delete_topic(request: HttpRequest, name: str) -> HttpResponse:
    """What would be lost, and a form that wants the name once more."""
    _refuse_readers(request)
    form = DeleteForm(name, request.POST or None)
    try:
        refuse_kept(name, cluster.kept_topics())
        seen = cluster.look_now()
        if request.method == "POST" and form.is_valid():
            cluster.delete_topic(Actor.of(request), name)
            messages.success(request, _("Topic %(name)s was deleted.") % {"name": name})
            return redirect("kafka")
    except (Busy, Refused) as error:
        refused = {"name": name, "error": error}
        return render(request, "kafka/delete_topic.html", refused, status=409)
    topic = seen.topic(name)
    if topic is None:
        raise Http404
    context = {"name": name, "topic": topic, "readers": _readers(seen, topic)}
    return render(request, "kafka/delete_topic.html", {**context, "form": form})


def _refuse_readers(request: HttpRequest) -> None:
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied


def _told(error: Busy | Refused) -> str:
    hint = getattr(error, "hint", "")
    return f"{error} {hint}".strip()
