"""`manage.py watch`: the data clock and retention, until told to stop."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from setproctitle import setproctitle

from ingest.watcher import WatchSettings, run_watch


class Command(BaseCommand):
    help = "Watch the log: the data clock, and days that are older than the retention."

    def handle(self, *args: Any, **options: Any) -> None:
        setproctitle("logsite watch")
        stopping = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stopping.set())
        run_watch(watch_settings(), stopping)


def watch_settings() -> WatchSettings:
    return WatchSettings(
        brokers=settings.KAFKA_BROKERS,
        topic=settings.LOG_TOPIC,
        mongo_url=settings.MONGO_URL,
        retention_days=settings.RETENTION_DAYS,
        heartbeat_dir=settings.HEARTBEAT_DIR,
        metrics_port=settings.METRICS_PORT,
    )
