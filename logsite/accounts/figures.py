"""How much each token is used now: what pages show beside its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from pymongo.database import Database

from ingest.ledger.balance import MINUTE, minute_of
from ingest.ledger.stored import acknowledged_between
from ingest.mongo import Document
from logsite.accounts.grants import site_limits
from logsite.accounts.models import Token
from logsite.accounts.seen import had_on

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Day:
    """What a token sent on this UTC day, against its quota; 0: it has none."""

    used: int
    quota: int

    @property
    def share(self) -> float | None:
        return self.used / self.quota if self.quota else None

    @property
    def high(self) -> int:
        """From here on somebody should know."""
        return self.quota * 4 // 5

    @property
    def is_over(self) -> bool:
        return bool(self.quota) and self.used >= self.quota


@dataclass(frozen=True)
class Figures:
    """A token of today, as /pipeline shows it."""

    token_id: int
    name: str
    last_minute: int  # entries acknowledged in the last whole minute
    last_hour: int
    last_used: datetime | None
    day: Day


def figures(db: Database[Document], now: datetime) -> list[Figures]:
    """Tokens that may send, or did so within the hour; the busiest first."""
    end = minute_of(now)
    minute = acknowledged_between(db, end - MINUTE, end)
    hour = acknowledged_between(db, end - HOUR, now)
    busy = Q(pk__in=[int(token_id) for token_id in hour if token_id.isdecimal()])
    tokens = Token.objects.filter(busy | Q(revoked=None))
    days = days_of(tokens, now)
    found = [
        Figures(
            token_id=token.pk,
            name=token.name,
            last_minute=minute.get(str(token.pk), 0),
            last_hour=hour.get(str(token.pk), 0),
            last_used=token.last_used,
            day=days[token.pk],
        )
        for token in tokens
        if "ingest" in token.scopes or str(token.pk) in hour
    ]
    return sorted(found, key=lambda one: (-one.last_hour, one.name))


def days_of(tokens: Iterable[Token], now: datetime) -> dict[int, Day]:
    """By token: what all web processes took of it today."""
    used, site = had_on(now.date()), site_limits()
    return {
        token.pk: Day(used.get(token.pk, 0), token.rates.over(site).bytes_per_day or 0)
        for token in tokens
    }
