"""Shapes of rules and incidents in the API."""

from __future__ import annotations

from typing import Literal

from ninja import Schema
from pydantic import Field

from logsite.search.schemas import Time


class RuleIn(Schema):
    name: str
    kind: Literal["count", "error_rate"]
    query: str = Field("", description="as `q` of a search")
    services: list[str] = []
    levels: list[str] = Field([], description="only for the kind count")
    window_minutes: Literal[1, 5, 15, 60] = 5
    threshold: float = Field(description="entries, or percent; reached: it fires")
    minimum: int = Field(20, description="entries that a rate needs to mean anything")
    targets: list[str] = Field([], description="https://… or mailto:…")
    enabled: bool = True


class RuleOut(RuleIn):
    id: int
    targets: list[str] = Field(description="of webhooks only the host, without admin")
    outcome: str = Field(description="firing, quiet, unknown; empty: not judged yet")
    value: float | None = Field(description="of the newest window")
    judged_to: Time


class RulesOut(Schema):
    rules: list[RuleOut]


class SampleOut(Schema):
    id: str
    timestamp: str
    level: str
    service: str
    message: str


class IncidentOut(Schema):
    id: int
    rule: int = Field(alias="rule_id")
    began: Time = Field(description="start of the first window that fired")
    opened: Time
    resolved: Time | None
    peak: float
    samples: list[SampleOut]


class DeliveryOut(Schema):
    target: str
    attempts: int
    delivered: Time | None
    given_up: Time | None
    error: str


class TransitionOut(Schema):
    kind: str
    start: Time
    end: Time
    total: int
    errors: int
    value: float
    threshold: float
    deliveries: list[DeliveryOut]


class IncidentsOut(Schema):
    incidents: list[IncidentOut]


class OneIncidentOut(IncidentOut):
    transitions: list[TransitionOut]


class EvaluationOut(Schema):
    start: Time
    end: Time
    outcome: str
    reason: str = Field(description="reached, below, too_few or not_counted")
    total: int
    errors: int
    value: float
    threshold: float


class EvaluationsOut(Schema):
    evaluations: list[EvaluationOut]
