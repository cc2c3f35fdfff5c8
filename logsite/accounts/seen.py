"""Who used which token, and how much: noted in memory, told to SQL later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from django.db import close_old_connections, transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone

from ingest.edge.auth import Grant
from ingest.edge.uses import DayBytes, Key, Sender, Use, Uses, sender
from logsite.accounts.models import Token, TokenDay, TokenSender

KEPT: Final = timedelta(days=31)  # of what was taken each day
MAX_SENDERS: Final = 20  # of each token: those that were seen last

uses: Final = Uses()  # of this process: its edge, its API, its sockets


def note_use(grant: Grant, address: str, agent: str) -> None:
    """Somebody reads with this token: in memory, as the edge does it."""
    uses.saw(grant.token_id, sender(address, agent), timezone.now())


def had_elsewhere(token_id: str, process: str) -> DayBytes:
    """What every other process took for a token today."""
    today = timezone.now().date()
    rows = TokenDay.objects.filter(token=int(token_id), day=today)
    others = rows.exclude(process=process)
    return DayBytes(today, others.aggregate(n=Sum("size"))["n"] or 0)


def had_on(day: date) -> dict[int, int]:
    """Bytes that all processes took on a day, by token."""
    found = TokenDay.objects.filter(day=day).values_list("token").annotate(Sum("size"))
    return dict(found)


def tell(process: str, told: Mapping[Key, Use]) -> None:
    """Write what has changed; safe to repeat, for the counts are sums."""
    close_old_connections()
    try:
        with transaction.atomic():
            _write(process, _of_existing(told))
    finally:
        close_old_connections()


def _of_existing(told: Mapping[Key, Use]) -> list[tuple[int, date, Use]]:
    """A token may have been deleted from the database meanwhile."""
    wanted = {int(token_id) for token_id, _ in told}
    there = set(Token.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    return [(int(k), d, use) for (k, d), use in told.items() if int(k) in there]


def _write(process: str, found: Iterable[tuple[int, date, Use]]) -> None:
    rows = list(found)
    days = [
        TokenDay(token_id=k, day=d, process=process, entries=u.entries, size=u.size)
        for k, d, u in rows
        if u.entries
    ]
    TokenDay.objects.bulk_create(
        days,
        update_conflicts=True,
        unique_fields=["token", "day", "process"],
        update_fields=["entries", "size"],
    )
    for token_id, _day, use in rows:
        earlier = Q(last_used=None) | Q(last_used__lt=use.last)
        Token.objects.filter(earlier, pk=token_id).update(last_used=use.last)
    _seen(rows)
    TokenDay.objects.filter(day__lt=timezone.now().date() - KEPT).delete()


def _seen(rows: Iterable[tuple[int, date, Use]]) -> None:
    newest: dict[tuple[int, Sender], datetime] = {}
    for token_id, _day, use in sorted(rows, key=lambda row: row[1]):
        newest |= {(token_id, who): last for who, last in use.senders.items()}
    TokenSender.objects.bulk_create(
        [_row(token_id, who, last) for (token_id, who), last in newest.items()],
        update_conflicts=True,
        unique_fields=["token", "address", "agent"],
        update_fields=["last"],
    )
    _forget_senders({token_id for token_id, _ in newest})


def _row(token_id: int, who: Sender, last: datetime) -> TokenSender:
    return TokenSender(
        token_id=token_id,
        address=who.address[:100],
        agent=who.agent,
        first=last,
        last=last,
    )


def _forget_senders(token_ids: Iterable[int]) -> None:
    """All but the newest few of each of these tokens."""
    counted = TokenSender.objects.filter(token__in=token_ids).values("token")
    many = counted.order_by().annotate(n=Count("pk")).filter(n__gt=MAX_SENDERS)
    for token_id in many.values_list("token", flat=True):
        rows = TokenSender.objects.filter(token=token_id)
        older = list(rows.values_list("pk", flat=True)[MAX_SENDERS:])
        TokenSender.objects.filter(pk__in=older).delete()
