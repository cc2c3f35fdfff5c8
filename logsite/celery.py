"""The Celery application: its worker, its beat, and the heartbeat of each."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any

from celery import Celery, signals
from celery.beat import PersistentScheduler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logsite.settings")

from django.conf import settings  # noqa: E402 - it reads the variable above
from django.core.exceptions import ImproperlyConfigured  # noqa: E402

from ingest import metrics  # noqa: E402
from ingest.steps.heartbeat import Heartbeat  # noqa: E402
from logsite import keys  # noqa: E402

app = Celery("logsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["stats", "logsite.deadletters", "logsite.exports"])


class BeatScheduler(PersistentScheduler):
    """Celery's scheduler with a heartbeat file: beat has no other sign of life."""

    def tick(self, *args: Any, **options: Any) -> Any:
        _heartbeat("beat").beat()
        return super().tick(*args, **options)

    def close(self) -> None:
        _heartbeat("beat").end()
        super().close()


@signals.setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Being connected is enough: Celery leaves logging as Django has set it up."""


@signals.worker_init.connect
def begin(**_: Any) -> None:
    try:
        keys.require()
    except ImproperlyConfigured as error:
        sys.exit(str(error))  # any other exception in here Celery only logs
    metrics.serve(settings.METRICS_PORT, settings.METRICS_HOST)


@signals.worker_ready.connect
@signals.heartbeat_sent.connect
def worker_beats(**_: Any) -> None:
    _heartbeat("celery").beat()


@signals.worker_shutdown.connect
def worker_ends(**_: Any) -> None:
    _heartbeat("celery").end()


@cache
def _heartbeat(name: str) -> Heartbeat:
    return Heartbeat(settings.HEARTBEAT_DIR, name)
