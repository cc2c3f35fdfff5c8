"""Who may do what: people with a password, programs with a token."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person. Anybody active may read; staff may open the admin pages."""


class Scope(models.TextChoices):
    """What a token may do."""

    INGEST = "ingest", _("send logs")
    READ = "read", _("search and read")
    ADMIN = "admin", _("everything, read included")


IMPLIED: Final = {Scope.ADMIN: (Scope.ADMIN, Scope.READ)}  # admin includes read


class Token(models.Model):
    """One program's key. Only the SHA-256 is kept; `prefix` is for recognising it."""

    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=16, editable=False)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    services = models.JSONField(
        _("services"),
        default=list,
        blank=True,
        help_text=_("Services it may write; empty means any."),
    )
    rate_entries = models.PositiveIntegerField(
        _("entries per second"),
        null=True,
        blank=True,
        help_text=_(
            "At most, on average; 0 means any, empty means RATE_LIMIT_ENTRIES."
        ),
    )
    rate_bytes = models.PositiveBigIntegerField(
        _("bytes per second"),
        null=True,
        blank=True,
        help_text=_("At most, on average; 0 means any, empty means RATE_LIMIT_BYTES."),
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    revoked = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ("name",)
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        constraints = (
            models.UniqueConstraint(
                fields=("name",),
                condition=models.Q(revoked=None),
                name="one_valid_token_of_a_name",
                violation_error_message=_("A valid token has this name already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
