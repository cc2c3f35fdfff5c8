"""`manage.py watch`: the data clock and snapshots of Kafka, until told to stop."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from setproctitle import setproctitle

from ingest.management.stopping import stop_on_signal
from ingest.watcher import WatchSettings, run_watch


class Command(BaseCommand):
    help = "Watch the log and Kafka: what is stored by when, and what it looks like."

    def handle(self, *args: Any, **options: Any) -> None:
        setproctitle("logsite watch")
        run_watch(watch_settings(), stop_on_signal())


def watch_settings() -> WatchSettings:
    return WatchSettings(
        brokers=settings.KAFKA_BROKERS,
        topic=settings.LOG_TOPIC,
        mongo_url=settings.MONGO_URL,
        heartbeat_dir=settings.HEARTBEAT_DIR,
        metrics_port=settings.METRICS_PORT,
        metrics_host=settings.METRICS_HOST,
    )
