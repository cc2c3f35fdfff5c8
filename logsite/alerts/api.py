"""/api/rules and /api/incidents: what the alerts pages do, as an API."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final, Literal

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from ingest.edge.auth import Grant
from ingest.errors import Forbidden, QueryError
from ingest.mongo import database
from logsite.accounts.models import Scope
from logsite.alerts.overview import shortened
from logsite.alerts.schemas import (
    EvaluationsOut,
    IncidentsOut,
    OneIncidentOut,
    RuleIn,
    RuleOut,
    RulesOut,
)
from logsite.alerts.views import EDIT
from logsite.audit.actors import Actor
from logsite.audit.recording import record
from stats.alerts import evaluations
from stats.alerts.editing import EDITABLE, save_rule
from stats.alerts.models import Incident, Rule

router = Router(tags=["alerts"])
OF_A_RULE: Final = (*EDITABLE, "id", "outcome", "value", "judged_to")


class IncidentsIn(Schema):
    state: Literal["", "open", "resolved"] = ""
    rule: int | None = None
    limit: int = Field(50, ge=1, le=1_000)


class EvaluationsIn(Schema):
    limit: int = Field(100, ge=1, le=1_000)


@router.get("/rules", response=RulesOut, summary="All rules")
def list_rules(request: HttpRequest) -> dict[str, Any]:
    return {"rules": [_shown(request, rule) for rule in Rule.objects.all()]}


@router.post("/rules", response={201: RuleOut}, summary="A new rule")
def create_rule(request: HttpRequest, given: RuleIn) -> Status[dict[str, Any]]:
    """Needs a token with scope admin, or a person who may change rules."""
    rule = _filled(request, Rule(), given)
    return Status(HTTPStatus.CREATED, _shown(request, rule))


@router.get("/rules/{rule_id}", response=RuleOut, summary="One rule")
def show_rule(request: HttpRequest, rule_id: int) -> dict[str, Any]:
    return _shown(request, get_object_or_404(Rule, pk=rule_id))


@router.put("/rules/{rule_id}", response=RuleOut, summary="Change a rule")
def change_rule(request: HttpRequest, rule_id: int, given: RuleIn) -> dict[str, Any]:
    """The whole rule: what is not given has its default again."""
    rule = _filled(request, get_object_or_404(Rule, pk=rule_id), given)
    return _shown(request, rule)


@router.delete("/rules/{rule_id}", response={204: None}, summary="Delete a rule")
def delete_rule(request: HttpRequest, rule_id: int) -> Status[None]:
    """Its incidents go with it."""
    _refuse_readers(request)
    rule = get_object_or_404(Rule, pk=rule_id)
    rule.delete()
    record(Actor.of(request), "rule.delete", rule.name)
    return Status(HTTPStatus.NO_CONTENT, None)


@router.get(
    "/rules/{rule_id}/evaluations",
    response=EvaluationsOut,
    summary="Why a rule fired, or did not",
)
def list_evaluations(
    request: HttpRequest, rule_id: int, asked: Query[EvaluationsIn]
) -> dict[str, Any]:
    """What every window said, newest first; kept for 30 days."""
    rule = get_object_or_404(Rule, pk=rule_id)
    found = evaluations.newest(database(), rule.pk, asked.limit)
    rows = [{**asdict(one.verdict), "threshold": one.threshold} for one in found]
    return {"evaluations": rows}


@router.get("/incidents", response=IncidentsOut, summary="Incidents, newest first")
def list_incidents(request: HttpRequest, asked: Query[IncidentsIn]) -> dict[str, Any]:
    found = Incident.objects.all()
    if asked.state:
        found = found.filter(resolved__isnull=asked.state == "open")
    if asked.rule is not None:
        found = found.filter(rule=asked.rule)
    return {"incidents": list(found[: asked.limit])}


@router.get("/incidents/{incident_id}", response=OneIncidentOut, summary="One incident")
def show_incident(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    """With its transitions, and who was told of each."""
    incident = get_object_or_404(Incident, pk=incident_id)
    transitions = [
        {**vars(one), "deliveries": [_told(row) for row in one.deliveries.all()]}
        for one in incident.transitions.prefetch_related("deliveries")
    ]
    return {**vars(incident), "transitions": transitions}


def _filled(request: HttpRequest, rule: Rule, given: RuleIn) -> Rule:
    _refuse_readers(request)
    action = "rule.change" if rule.pk else "rule.create"
    for name, value in given.dict().items():
        setattr(rule, name, value)
    try:
        rule.full_clean()
    except ValidationError as error:
        name, texts = next(iter(error.message_dict.items()))
        raise QueryError("invalid_rule", f"{name}: {texts[0]}") from error
    save_rule(rule, datetime.now(UTC))
    record(Actor.of(request), action, rule.name)
    return rule


def _refuse_readers(request: HttpRequest) -> None:
    if not _may_edit(request):
        raise Forbidden(
            "scope_missing",
            "Rules send to any address: you may read them, not change them.",
            "Use a token made with --scope admin.",
        )


def _may_edit(request: HttpRequest) -> bool:
    who: Any = request.auth  # type: ignore[attr-defined]  # ninja's: token or person
    if isinstance(who, Grant):
        return Scope.ADMIN in who.scopes
    return bool(who.has_perm(EDIT))


def _shown(request: HttpRequest, rule: Rule) -> dict[str, Any]:
    shown = {name: getattr(rule, name) for name in OF_A_RULE}
    if not _may_edit(request):
        shown["targets"] = [shortened(target) for target in rule.targets]
    return shown


def _told(delivery: Any) -> dict[str, Any]:
    return {**vars(delivery), "target": shortened(delivery.target)}
