"""Django's handle on the ingest package."""

from django.apps import AppConfig
from django.conf import settings


class IngestConfig(AppConfig):
    name = "ingest"

    def ready(self) -> None:
        from ingest import checks, mongo  # noqa: F401 - checks register themselves

        mongo.configure(settings.MONGO_URL)
