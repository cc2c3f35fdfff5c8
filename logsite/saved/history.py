"""What a person has asked before: the newest hundred, each thing once."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from typing import Final

from django.db import IntegrityError

from logsite.accounts.models import User
from logsite.saved.asking import Asked
from logsite.saved.models import PastSearch

KEPT: Final = 100


def note(person: User, asked: Asked, now: datetime) -> None:
    """Remember it as the newest; of one thing asked at many times the last."""
    if not asked.topic:
        return
    digest = blake2b(asked.topic.encode(), digest_size=16).hexdigest()
    same = PastSearch.objects.filter(person=person, digest=digest)
    if same.update(query=asked.query, at=now):
        return
    with suppress(IntegrityError):  # another tab of this person was faster
        PastSearch.objects.create(
            person=person, digest=digest, query=asked.query, at=now
        )
    _forget_oldest(person)


def _forget_oldest(person: User) -> None:
    own = PastSearch.objects.filter(person=person)
    if oldest := list(own.values_list("pk", flat=True)[KEPT:]):
        own.filter(pk__in=oldest).delete()


def forget(person: User) -> None:
    """All of it."""
    PastSearch.objects.filter(person=person).delete()
