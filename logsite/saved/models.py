"""What is kept of searches: saved ones, short links, and what somebody asked before."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MAX_NAME: Final = 100
MAX_CODE: Final = 22


class SavedSearch(models.Model):
    """A search under a name: `query` is the query string of the page that shows it."""

    name = models.CharField(
        _("name"), max_length=MAX_NAME, validators=[ProhibitNullCharactersValidator()]
    )
    # Nobody owns what a token made: it is shared.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="searches",
    )
    shared = models.BooleanField(_("shared with everybody"), default=False)
    query = models.TextField(blank=True)
    made = models.DateTimeField(default=timezone.now)
    changed = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=200)

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        constraints = (
            models.UniqueConstraint(
                fields=("owner", "name"), name="one_search_of_a_name_and_owner"
            ),
            models.UniqueConstraint(
                fields=("name",),
                condition=models.Q(owner=None),
                name="one_search_of_a_name_without_owner",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("saved-open", args=[self.pk])


class ShortLink(models.Model):
    """A search with absolute times under a code, with one line of it or without."""

    code = models.CharField(max_length=MAX_CODE, primary_key=True)
    query = models.TextField()
    line = models.CharField(max_length=32, blank=True)  # the id of an entry
    made = models.DateTimeField(default=timezone.now)
    made_by = models.CharField(max_length=200)

    class Meta:
        default_permissions = ("view",)
        indexes = (models.Index(fields=["made_by", "made"], name="links_of_a_day"),)

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return reverse("short-link", args=[self.code])


class PastSearch(models.Model):
    """What a person has asked for, each thing once; see saved.history."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="past_searches"
    )
    query = models.TextField()
    digest = models.CharField(max_length=32)  # of what it asks for, whenever
    at = models.DateTimeField()  # the last time

    class Meta:
        ordering = ("-at", "-pk")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("person", "digest"), name="one_past_search_of_a_query"
            ),
        )

    def __str__(self) -> str:
        return self.query
