"""GET /api/audit: who did what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from ingest.query.moments import read_moment
from logsite.accounts.access import require
from logsite.administration import trail
from logsite.administration.hub import VIEW_AUDIT
from logsite.administration.trail import Page, Wanted
from logsite.audit.models import Kind
from logsite.parameters import Parameters, refuse_unknown
from logsite.search.schemas import TIMES, Time

router = Router(tags=["audit"])


class AuditIn(Parameters):
    actor: str = Field("", description="whose deeds: a name, exactly")
    action: str = Field("", description="token.create; token means all of token.*")
    target: str = Field("", description="text within what it was done to")
    start: str = Field("", alias="from", description=f"inclusive; {TIMES}")
    end: str = Field("", alias="to", description=f"exclusive; {TIMES}")
    limit: int = Field(50, ge=1, le=1_000)
    cursor: str = Field("", description="`next` of the page before")


class AuditEntryOut(Schema):
    id: int
    at: Time
    actor: str = Field(description="empty: a failed login with an unknown name")
    actor_kind: Kind
    address: str = Field(description="the client's; of a command its machine")
    action: str
    target: str
    detail: dict[str, Any]


class AuditOut(Schema):
    entries: list[AuditEntryOut]
    next: str | None = Field(description="cursor of the next page; null: that was all")


@router.get("/audit", response=AuditOut, summary="Who did what, newest first")
def list_audit(request: HttpRequest, asked: Query[AuditIn]) -> Page:
    """Needs scope admin; rows are never changed, so a cursor holds for ever."""
    require(request, VIEW_AUDIT)
    refuse_unknown(request, AuditIn)
    now = datetime.now(UTC)
    wanted = Wanted(
        actor=asked.actor,
        action=asked.action,
        target=asked.target,
        start=read_moment("from", asked.start, now) if asked.start else None,
        end=read_moment("to", asked.end, now) if asked.end else None,
    )
    return trail.read(wanted, asked.cursor, asked.limit)
