"""Who may do what: people with a password, programs with a token."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from ingest.edge.rates import Rates


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
    bytes_per_day = models.PositiveBigIntegerField(
        _("bytes per day"),
        null=True,
        blank=True,
        help_text=_(
            "At most, on a UTC day; 0 means any, empty means RATE_LIMIT_BYTES_PER_DAY."
        ),
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.CharField(
        _("created by"), max_length=200, blank=True, editable=False
    )
    last_used = models.DateTimeField(
        _("last used"), null=True, blank=True, editable=False
    )
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

    @property
    def rates(self) -> Rates:
        """Its own; None where the site's hold."""
        return Rates(self.rate_entries, self.rate_bytes, self.bytes_per_day)


class TokenDay(models.Model):
    """What one web process took for a token on a UTC day; their sum is what counts."""

    token = models.ForeignKey(Token, models.CASCADE, related_name="days")
    day = models.DateField()
    process = models.CharField(max_length=100)
    entries = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)  # bytes of bodies

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("token", "day", "process"), name="one_row_of_a_process_and_day"
            ),
        )


class TokenSender(models.Model):
    """Where a token was used from, and by what program; the newest few of each."""

    token = models.ForeignKey(Token, models.CASCADE, related_name="senders")
    address = models.CharField(max_length=100, blank=True)
    agent = models.CharField(max_length=120, blank=True)
    first = models.DateTimeField()
    last = models.DateTimeField()

    class Meta:
        ordering = ("-last", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("token", "address", "agent"), name="one_row_of_a_sender"
            ),
        )
