"""Django's handle on the alerts pages."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "logsite.alerts"
    label = "alerts"
