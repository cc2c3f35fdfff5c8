"""Django's handle on the logsite package."""

from django.apps import AppConfig


class LogsiteConfig(AppConfig):
    name = "logsite"
