"""Jobs in SQL that one process works at; when it dies, another one takes them up."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Final

from django.db import models
from django.utils import timezone

LEASE: Final = timedelta(seconds=30)  # who has not renewed it by then is dead
RETRY: Final = timedelta(seconds=5)  # what the job needs is away


class NotMine(Exception):
    """Somebody else works at the job."""


class Leased(models.Model):
    """A row at which only the holder of the lease may work."""

    owner = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def take(self) -> bool:
        """Whether it was free, and is this process's from now on."""
        now, owner = timezone.now(), secrets.token_hex(8)
        free = type(self)._default_manager.filter(pk=self.pk, lease_until__lte=now)
        if not free.update(owner=owner, lease_until=now + LEASE):
            return False
        self.refresh_from_db()
        return self.owner == owner

    def renew(self) -> None:
        """Go on, with what others have written into the row meanwhile."""
        self.note(lease_until=timezone.now() + LEASE)
        self.refresh_from_db()

    def release(self) -> None:
        """Let whoever comes first go on."""
        self.note(lease_until=timezone.now())

    def note(self, **fields: Any) -> None:
        """Write fields, only as long as this process holds the lease."""
        mine = type(self)._default_manager.filter(pk=self.pk, owner=self.owner)
        if not mine.update(**fields):
            raise NotMine
