"""Django's handle on the stats package."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StatsConfig(AppConfig):
    name = "stats"
    verbose_name = _("Alerts")  # what the admin pages show of it
