"""The Django application of the dead letters' work-bench."""

from __future__ import annotations

from django.apps import AppConfig


class DeadLettersConfig(AppConfig):
    name = "logsite.deadletters"
    label = "deadletters"
