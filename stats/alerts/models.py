"""Rules, and what became of them: incidents, their transitions, who was told.

Rule ──< Incident ──< Transition ──< Delivery
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ingest.entry import ERROR_LEVELS
from ingest.query.filter import LogFilter
from ingest.query.grammar import MAX_QUERY_LENGTH
from stats.alerts.rules import ChangeKind, Condition, Kind, Outcome, floor_minute
from stats.alerts.validators import (
    MAX_TARGET_LENGTH,
    check_levels,
    check_query,
    check_services,
    check_targets,
)

MAX_THRESHOLD: Final = 10**12
MAX_NAME_LENGTH: Final = 100
MAX_PERCENT: Final = 100

KINDS: Final = (
    (Kind.COUNT.value, _("number of entries")),
    (Kind.ERROR_RATE.value, _("error rate")),
)
OUTCOMES: Final = (
    (Outcome.FIRING.value, _("firing")),
    (Outcome.QUIET.value, _("quiet")),
    (Outcome.UNKNOWN.value, _("unknown")),
)
CHANGES: Final = (
    (ChangeKind.OPENED.value, _("opened")),
    (ChangeKind.RESOLVED.value, _("resolved")),
    (ChangeKind.SWITCHED_OFF.value, _("rule switched off")),
)
WINDOWS: Final = (
    (1, _("1 minute")),
    (5, _("5 minutes")),
    (15, _("15 minutes")),
    (60, _("1 hour")),
)


def this_minute() -> datetime:
    return floor_minute(datetime.now(UTC))


class Rule(models.Model):
    """What to watch: entries that a query means, a window and a threshold."""

    name = models.CharField(
        _("name"),
        max_length=MAX_NAME_LENGTH,
        unique=True,
        validators=[ProhibitNullCharactersValidator()],
    )
    kind = models.CharField(_("watches"), max_length=16, choices=KINDS)
    query = models.CharField(
        _("query"),
        max_length=MAX_QUERY_LENGTH,
        blank=True,
        validators=[ProhibitNullCharactersValidator()],
        help_text=_("As in the search box; empty means every entry."),
    )
    services = models.JSONField(
        _("services"), default=list, blank=True, validators=[check_services]
    )
    levels = models.JSONField(
        _("levels"),
        default=list,
        blank=True,
        validators=[check_levels],
        help_text=_("Only for a number of entries; a rate needs all levels."),
    )
    window_minutes = models.PositiveSmallIntegerField(
        _("window"), choices=WINDOWS, default=5
    )
    threshold = models.FloatField(
        _("threshold"),
        validators=[MinValueValidator(0.001), MaxValueValidator(MAX_THRESHOLD)],
        help_text=_("Entries, or percent; at this value and above the rule fires."),
    )
    minimum = models.PositiveIntegerField(
        _("fewest entries"),
        default=20,
        validators=[MinValueValidator(1)],
        help_text=_("With fewer entries in the window an error rate means nothing."),
    )
    targets = models.JSONField(
        _("tells"), default=list, blank=True, validators=[check_targets]
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    # Where the evaluation stands: windows that end by then have been judged.
    judged_to = models.DateTimeField(default=this_minute, editable=False)
    outcome = models.CharField(
        max_length=8, choices=OUTCOMES, blank=True, editable=False
    )
    value = models.FloatField(null=True, editable=False)

    class Meta:
        ordering = ("name",)
        verbose_name = _("rule")
        verbose_name_plural = _("rules")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("rule", args=[self.pk])

    def clean(self) -> None:
        check_query(self.query)
        if self.kind != Kind.ERROR_RATE:
            return
        if self.levels:
            raise ValidationError({"levels": _("An error rate needs all levels.")})
        if self.threshold is not None and self.threshold > MAX_PERCENT:
            raise ValidationError({"threshold": _("A rate is at most 100 percent.")})

    @property
    def window(self) -> timedelta:
        return timedelta(minutes=self.window_minutes)

    @property
    def condition(self) -> Condition:
        kind = Kind(self.kind)
        return Condition(kind, self.threshold, self.window, self.minimum)

    def log_filter(self, start: datetime, end: datetime) -> LogFilter:
        """The entries that the rule watches."""
        return LogFilter(
            self.query, tuple(self.services), tuple(self.levels), start, end
        )

    def culprits(self, start: datetime, end: datetime) -> LogFilter:
        """The entries that make it fire: of a rate, the errors."""
        rate = self.kind == Kind.ERROR_RATE
        levels = ERROR_LEVELS if rate else tuple(self.levels)
        return LogFilter(self.query, tuple(self.services), levels, start, end)


class Incident(models.Model):
    """A rule that fires, until it is quiet again. Times are those of the data."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="incidents")
    began = models.DateTimeField(_("began"))  # start of the first window that fired
    opened = models.DateTimeField(_("opened"))  # its end
    resolved = models.DateTimeField(_("resolved"), null=True)
    peak = models.FloatField(_("peak"))
    samples = models.JSONField(_("sample lines"), default=list)

    class Meta:
        ordering = ("-opened", "-pk")
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = (
            models.UniqueConstraint(
                fields=("rule",),
                condition=models.Q(resolved=None),
                name="one_open_incident_of_a_rule",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.opened:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("incident", args=[self.pk])


class Transition(models.Model):
    """An incident opened or resolved, with the window that decided it.

    Written first; whoever has to be told is told afterwards.
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="transitions")
    kind = models.CharField(max_length=16, choices=CHANGES)
    start = models.DateTimeField()  # of the window
    end = models.DateTimeField()
    total = models.PositiveBigIntegerField()
    errors = models.PositiveBigIntegerField()
    value = models.FloatField()
    threshold = models.FloatField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.incident} {self.kind}"


class Delivery(models.Model):
    """One target that has to be told of one transition, and how that went."""

    transition = models.ForeignKey(
        Transition, models.CASCADE, related_name="deliveries"
    )
    target = models.CharField(max_length=MAX_TARGET_LENGTH)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField()
    delivered = models.DateTimeField(null=True)
    given_up = models.DateTimeField(null=True)
    error = models.TextField(blank=True)  # of the last attempt
    took_s = models.FloatField(null=True)  # the last attempt

    class Meta:
        ordering = ("pk",)
        verbose_name_plural = "deliveries"
        indexes = (
            models.Index(
                fields=("next_try",),
                condition=models.Q(delivered=None, given_up=None),
                name="deliveries_that_wait",
            ),
        )

    def __str__(self) -> str:
        return f"{self.transition} to {self.target}"
