"""Replays of dead letters: what was asked for, and how far it is."""

from __future__ import annotations

from typing import Final

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from logsite.leases import Leased

MAX_RATE: Final = 10_000
USUAL_RATE: Final = 200


class State(models.TextChoices):
    """How far a replay is."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    CANCELLING = "cancelling", _("cancelling")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


ENDED: Final = (State.DONE, State.CANCELLED)


class Replay(Leased):
    """One job. Whoever holds the lease works at it; the letters say what was sent."""

    created = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=200)
    selection = models.JSONField()  # see ingest.replay.letters.Selection
    rule = models.JSONField(default=list)
    by_hand = models.TextField(null=True)  # instead of a rule; of one letter
    insist = models.BooleanField(default=False)
    rate = models.PositiveIntegerField(
        default=USUAL_RATE,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_RATE)],
    )
    state = models.CharField(
        max_length=12, choices=State.choices, default=State.WAITING, db_index=True
    )
    total = models.PositiveIntegerField()
    cursor = models.CharField(max_length=32, blank=True)  # the last letter, in hex
    ends = models.JSONField(default=dict)  # outcome -> letters, but for what was sent
    sent = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)  # why it has to wait
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"replay {self.pk} of {self.total} letters"

    def get_absolute_url(self) -> str:
        return reverse("dead-replay", args=[self.pk])

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def looked_at(self) -> int:
        """Letters that came to an end of any kind."""
        others: dict[str, int] = self.ends
        return min(self.total, int(self.sent) + sum(others.values()))

    @property
    def percent(self) -> int:
        return 100 if not self.total else 100 * self.looked_at // self.total
