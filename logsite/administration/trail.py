"""Reads the audit trail, newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from ingest.errors import QueryError
from logsite.audit.models import AuditEntry


@dataclass(frozen=True)
class Wanted:
    """Which deeds; what is empty asks for nothing."""

    actor: str = ""
    action: str = ""  # token.create, or token for all that begin so
    target: str = ""  # anywhere in it, in any case
    start: datetime | None = None
    end: datetime | None = None

    def condition(self) -> Q:
        found = Q()
        if self.actor:
            found &= Q(actor=self.actor)
        if self.action:
            found &= Q(action=self.action) | Q(action__startswith=f"{self.action}.")
        if self.target:
            found &= Q(target__icontains=self.target)
        if self.start:
            found &= Q(at__gte=self.start)
        if self.end:
            found &= Q(at__lt=self.end)
        return found


@dataclass(frozen=True)
class Page:
    """Some of them, and where the next page begins; None at the end."""

    entries: list[AuditEntry]
    next: str | None


def read(wanted: Wanted, cursor: str, limit: int) -> Page:
    """The cursor is the last row of the page before: rows that come move nothing."""
    found = AuditEntry.objects.filter(wanted.condition())
    if cursor:
        found = found.filter(pk__lt=_row_of(cursor))
    rows = list(found[: limit + 1])
    more = len(rows) > limit
    return Page(rows[:limit], str(rows[limit - 1].pk) if more else None)


def _row_of(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise QueryError("bad_cursor", "This cursor is not from here.")
    return int(cursor)
