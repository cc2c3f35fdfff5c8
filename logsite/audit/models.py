"""Who did what, and when: rows that are written once and never again."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MAX_ACTOR: Final = 150
MAX_ADDRESS: Final = 100
MAX_ACTION: Final = 60
MAX_TARGET: Final = 300


class Kind(models.TextChoices):
    """What sort of actor it was."""

    USER = "user", _("person")
    TOKEN = "token", _("token")
    COMMAND = "command", _("command")
    SYSTEM = "system", _("logsite itself")


class NeverChanged(Exception):
    """Somebody tried to change or delete what was written down."""


def _refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
    raise NeverChanged("The audit trail only grows.")


class AppendOnly(models.QuerySet["AuditEntry"]):
    """Reads and adds, nothing else."""

    update = delete = bulk_update = update_or_create = _refuse


class AuditEntry(models.Model):
    """One deed. `actor` is a name, not a row: it outlives accounts and tokens."""

    at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    actor = models.CharField(_("who"), max_length=MAX_ACTOR, db_index=True)
    actor_kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    address = models.CharField(_("from"), max_length=MAX_ADDRESS, blank=True)
    action = models.CharField(_("action"), max_length=MAX_ACTION, db_index=True)
    target = models.CharField(_("what"), max_length=MAX_TARGET, blank=True)
    detail = models.JSONField(_("details"), default=dict, blank=True)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.actor}: {self.action} {self.target}".rstrip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            _refuse()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        return _refuse()
