"""Django's handle on the ingest package."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "ingest"
