"""How much one person, and all together, may have exported at once."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db.models import Case, QuerySet, Sum, When
from django.db.models.functions import Greatest

from ingest.errors import TooLarge, TooMany
from logsite.exports.models import ENDED, Export, State

MB: Final = 1024 * 1024
RETRY_S: Final = 60
_KEPT: Final = (State.WAITING, State.RUNNING, State.CANCELLING, State.DONE)
_SIZES: Final = ("size", "guessed_size")


def check_jobs(by: str) -> None:
    """TooMany if this person has as many exports under way as one may have."""
    going = Export.objects.filter(by=by).exclude(state__in=ENDED).count()
    if going >= settings.EXPORT_JOBS:
        raise TooMany(
            "too_many_exports",
            f"{going} exports of yours are under way.",
            "Wait for one to end, or cancel one.",
            RETRY_S,
        )


def check_space(by: str, size: int) -> None:
    """TooLarge if a file of about this size would find no room."""
    room = room_for(by)
    if size > room:
        raise TooLarge(
            "export_too_large",
            f"The file would have about {shown(size)}; there is room for "
            f"{shown(room)}.",
            "Narrow the search or its time, use gzip, or delete an older export.",
        )


def room_for(by: str, without: Export | None = None) -> int:
    """Bytes that a person's file may still have; one export may be left aside."""
    others = Export.objects.filter(state__in=_KEPT)
    if without is not None:
        others = others.exclude(pk=without.pk)
    own = settings.EXPORT_MB_EACH * MB - _taken(others.filter(by=by))
    return max(0, min(own, settings.EXPORT_MB * MB - _taken(others)))


def shown(size: int) -> str:
    return f"{size / MB:,.1f} MB"


def _taken(exports: QuerySet[Export]) -> int:
    """By files, and by those that are being written: what they will have at least."""
    will_have = Case(When(state=State.DONE, then="size"), default=Greatest(*_SIZES))
    return int(exports.aggregate(total=Sum(will_have))["total"] or 0)
