"""`manage.py consume NAME`: one worker, until it is told to stop."""

from __future__ import annotations

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from setproctitle import setproctitle

from ingest.management.stopping import stop_on_signal
from ingest.steps.limits import Limits
from ingest.workers import WORKERS, WorkerSettings


class Command(BaseCommand):
    help = "Run a worker: `consume store` stores the log topic in MongoDB."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("worker", choices=sorted(WORKERS))
        parser.add_argument(
            "--name",
            default="",
            help="slot of this worker, e.g. store-1: a restart keeps its partitions",
        )
        parser.add_argument(
            "--transient",
            action="store_true",
            help="its slot does not come back: others get its partitions at once",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        own = socket.gethostname() if options["transient"] else "1"
        name = options["name"] or f"{options['worker']}-{own}"
        setproctitle(f"logsite {name}")
        wanted = worker_settings(name, options["transient"])
        WORKERS[options["worker"]](wanted, stop_on_signal())


def worker_settings(name: str, transient: bool = False) -> WorkerSettings:
    return WorkerSettings(
        name=name,
        transient=transient,
        brokers=settings.KAFKA_BROKERS,
        topic=settings.LOG_TOPIC,
        group=settings.STORE_GROUP,
        replication=settings.LOG_REPLICATION,
        mongo_url=settings.MONGO_URL,
        heartbeat_dir=settings.HEARTBEAT_DIR,
        metrics_port=settings.METRICS_PORT,
        metrics_host=settings.METRICS_HOST,
        classic_indexes=settings.LOG_INDEXES,
        limits=Limits(
            settings.DEAD_LETTER_RATIO,
            settings.DEAD_LETTER_WINDOW,
            settings.DEAD_LETTER_RUN,
        ),
    )
