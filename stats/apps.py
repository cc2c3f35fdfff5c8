"""Django's handle on the stats package."""

from django.apps import AppConfig


class StatsConfig(AppConfig):
    name = "stats"
