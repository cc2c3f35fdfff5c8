"""Exports: what was asked for, how far it is, and which pieces are its file."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ingest.export.columns import EmptyColumn
from ingest.export.reading import MAX_ROWS
from ingest.export.rows import Format, Layout
from ingest.query.filter import LogFilter
from logsite.leases import Leased


class State(models.TextChoices):
    """How far an export is."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    CANCELLING = "cancelling", _("cancelling")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("expired")


ENDED: Final = (State.DONE, State.CANCELLED, State.FAILED, State.EXPIRED)


class Export(Leased):
    """One job. Whoever holds the lease works at it; its pieces are what is counted."""

    created = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=200)
    asked = models.JSONField()  # see ingest.query.filter.LogFilter
    format = models.CharField(max_length=8)
    columns = models.JSONField()
    gzip = models.BooleanField(default=True)
    pinned = models.JSONField()  # "incarnation:partition" -> newest offset that counts
    complete_to = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=12, choices=State.choices, default=State.WAITING, db_index=True
    )
    cursor = models.TextField(blank=True)  # empty: everything was read
    stretch = models.PositiveIntegerField(
        default=MAX_ROWS
    )  # rows that are read at once
    examined = models.BigIntegerField(default=0)
    to_examine = models.BigIntegerField()
    oldest_day = models.CharField(max_length=8, blank=True)  # that is looked at
    guessed_rows = models.BigIntegerField()
    guessed_size = models.BigIntegerField()
    rows = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    is_whole = models.BooleanField(default=True)  # False: retention dropped some of it
    remarks = models.JSONField(default=list)  # see ingest.export.columns.EmptyColumn
    error = models.TextField(blank=True)  # why it waits, or has failed
    finished = models.DateTimeField(null=True)
    expires = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        default_permissions = ("view", "delete")

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED

    @property
    def filter(self) -> LogFilter:
        return msgspec.convert(self.asked, LogFilter)

    @property
    def layout(self) -> Layout:
        return Layout(Format(self.format), tuple(self.columns), self.gzip)

    @property
    def empty_columns(self) -> list[EmptyColumn]:
        return msgspec.convert(self.remarks, list[EmptyColumn])

    @property
    def file_name(self) -> str:
        asked_at: datetime = self.created
        return f"logs-{asked_at:%Y%m%dT%H%M%SZ}-{self.pk}{self.layout.suffix}"

    @property
    def percent(self) -> int:
        """How much was looked at; only what is done is all of it."""
        if self.state == State.DONE:
            return 100
        return min(99, 100 * self.examined // max(1, self.to_examine))


class FilePiece(models.Model):
    """One piece of an export's file; in the order of their keys they are the file."""

    export = models.ForeignKey(Export, models.CASCADE, related_name="pieces")
    name = models.CharField(max_length=32)
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ("pk",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} of {self.export}"
