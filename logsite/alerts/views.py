"""The alerts pages: rules and incidents, one rule, one incident."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from logsite.alerts.forms import RuleForm, asked_by
from logsite.alerts.overview import history, shortened, told, watched
from logsite.audit.actors import Actor
from logsite.audit.recording import record
from logsite.search.access import page_login_required
from logsite.search.preferences import preferences
from stats.alerts.editing import save_rule
from stats.alerts.models import Incident, Rule
from stats.alerts.notices import search_path

INCIDENTS: Final = 50
EVALUATIONS: Final = 60
EDIT: Final = "stats.change_rule"


def editors_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A rule sends to any address: not everybody who may read may say where."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perm(EDIT):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@page_login_required
def alerts_page(request: HttpRequest) -> HttpResponse:
    incidents = Incident.objects.select_related("rule")
    context = {
        **_about(request),
        "watched": watched(Rule.objects.all(), datetime.now(UTC)),
        "open": incidents.filter(resolved=None),
        "incidents": incidents.exclude(resolved=None)[:INCIDENTS],
    }
    return render(request, "alerts/page.html", context)


@page_login_required
@editors_only
def new_rule(request: HttpRequest) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = RuleForm(data, initial=asked_by(request.GET))
    if data is not None and form.is_valid():
        save_rule(form.instance, datetime.now(UTC))
        record(Actor.of(request), "rule.create", form.instance.name)
        return redirect("alerts")
    context = {**_about(request), "form": form}
    return render(request, "alerts/rule.html", context, status=_status(form))


@page_login_required
def rule_page(request: HttpRequest, rule_id: int) -> HttpResponse:
    """The rule, to be edited by those who may, and what became of it."""
    rule = get_object_or_404(Rule, pk=rule_id)
    if request.method == "POST":
        return _edit(request, rule)
    return _rule(request, rule, RuleForm(instance=rule))


@editors_only
def _edit(request: HttpRequest, rule: Rule) -> HttpResponse:
    form = RuleForm(request.POST, instance=rule)
    if not form.is_valid():
        return _rule(request, rule, form)
    save_rule(rule, datetime.now(UTC))
    changed = {"fields": form.changed_data}
    record(Actor.of(request), "rule.change", rule.name, changed)
    return redirect("rule", rule.pk)


def _rule(request: HttpRequest, rule: Rule, form: RuleForm) -> HttpResponse:
    stored = Rule.objects.get(pk=rule.pk)  # a refused form leaves its values on `rule`
    context = {
        **_about(request),
        "rule": stored,
        "form": form,
        "line": watched([stored], datetime.now(UTC))[0],
        "targets": [shortened(target) for target in stored.targets],
        "evaluations": history(stored, EVALUATIONS),
        "incidents": stored.incidents.select_related("rule")[:INCIDENTS],
    }
    return render(request, "alerts/rule.html", context, status=_status(form))


@require_POST
@page_login_required
@editors_only
def delete_rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    rule = get_object_or_404(Rule, pk=rule_id)
    rule.delete()
    record(Actor.of(request), "rule.delete", rule.name)
    return redirect("alerts")


@page_login_required
def incident_page(request: HttpRequest, incident_id: int) -> HttpResponse:
    asked = Incident.objects.select_related("rule")
    incident = get_object_or_404(asked, pk=incident_id)
    rule, until = incident.rule, incident.resolved
    context = {
        **_about(request),
        "incident": incident,
        "rule": rule,
        "transitions": incident.transitions.all(),
        "told": told(incident),
        "evaluations": history(rule, EVALUATIONS, end=until),
        "search": search_path(rule.culprits(incident.began, until or incident.opened)),
    }
    return render(request, "alerts/incident.html", context)


def _about(request: HttpRequest) -> dict[str, Any]:
    zone = preferences(request.COOKIES).zone
    return {"zone": zone, "may_edit": request.user.has_perm(EDIT)}


def _status(form: RuleForm) -> int:
    return 400 if form.is_bound and not form.is_valid() else 200
