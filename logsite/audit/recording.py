"""Writes down who did what; the one way into the audit trail."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.db import DatabaseError

from logsite.audit.actors import Actor
from logsite.audit.models import (
    MAX_ACTION,
    MAX_ACTOR,
    MAX_ADDRESS,
    MAX_TARGET,
    AuditEntry,
)

log = logging.getLogger(__name__)


def record(
    actor: Actor, action: str, target: str = "", detail: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Add one deed, as `token.create`; never put a secret into `detail`.

    Call it in the transaction of a change in SQL, or right after a change elsewhere.
    """
    written = AuditEntry(
        actor=actor.name[:MAX_ACTOR],
        actor_kind=actor.kind,
        address=actor.address[:MAX_ADDRESS],
        action=action[:MAX_ACTION],
        target=target[:MAX_TARGET],
        detail=dict(detail or {}),
    )
    try:
        written.save()
    except DatabaseError:
        told = {"by": str(actor), "action": action, "target": target}
        log.error("logsite.audit.unwritten", extra=told)
        raise
    return written
