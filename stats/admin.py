"""Admin pages of rules and incidents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from stats.alerts.editing import save_rule
from stats.alerts.models import Delivery, Incident, Rule, Transition


@admin.register(Rule)
class RuleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no [] at run time
    list_display = ("name", "kind", "threshold", "window_minutes", "enabled", "outcome")
    list_filter = ("enabled", "kind", "outcome")
    search_fields = ("name", "query")
    readonly_fields = ("created", "judged_to", "outcome", "value")

    def save_model(
        self, request: HttpRequest, obj: Rule, form: Any, change: bool
    ) -> None:
        save_rule(obj, datetime.now(UTC))


class _Written(admin.ModelAdmin):  # type: ignore[type-arg]  # no [] at run time
    """What logsite writes by itself: to be read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: object | None = None
    ) -> bool:
        return False


@admin.register(Incident)
class IncidentAdmin(_Written):
    list_display = ("rule", "opened", "resolved", "peak")
    list_filter = ("rule",)
    date_hierarchy = "opened"


@admin.register(Transition)
class TransitionAdmin(_Written):
    list_display = ("incident", "kind", "start", "end", "value", "threshold")
    list_filter = ("kind",)


@admin.register(Delivery)
class DeliveryAdmin(_Written):
    list_display = ("transition", "attempts", "next_try", "delivered", "given_up")
    list_filter = ("delivered", "given_up")
