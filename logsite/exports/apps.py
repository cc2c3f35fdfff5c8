"""The Django application of exports."""

from __future__ import annotations

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "logsite.exports"
    label = "exports"
