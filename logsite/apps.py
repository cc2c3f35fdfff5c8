"""Django's handle on the logsite package."""

from django.apps import AppConfig


class LogsiteConfig(AppConfig):
    name = "logsite"

    def ready(self) -> None:
        from logsite import celery  # noqa: F401 - who sends tasks needs its broker
        from logsite.ownlogs import log_crashes

        log_crashes()
