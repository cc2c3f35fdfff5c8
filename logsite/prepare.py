"""What every installation needs before its first request; safe to repeat.

The embedded stack does this at each start, a deployment by `manage.py prepare`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError

from ingest.documents import ensure_collections
from ingest.errors import Busy
from ingest.kafka.topics import ensure_topic
from ingest.mongo import busy_when_away, connect
from logsite.accounts.models import User
from logsite.translations import compile_catalogs

log = logging.getLogger(__name__)

ADMIN = "admin"
DAY_MS = 24 * 3600 * 1000
RETRY_S = 1.0


def prepare_files() -> None:
    """What belongs to the code and not to the data; an image has it already."""
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    for folder in settings.LOCALE_PATHS:
        compile_catalogs(Path(folder))


def prepare_sql() -> None:
    """Tables as this version wants them."""
    call_command("migrate", interactive=False, verbosity=0)


def prepare_stores(brokers: str, mongo_url: str, replication: int) -> None:
    """The topic and the collections; raises Busy while Kafka or MongoDB is away."""
    ensure_topic(
        brokers,
        settings.LOG_TOPIC,
        settings.LOG_PARTITIONS,
        replication,
        settings.LOG_TOPIC_BYTES,
        settings.RETENTION_DAYS * DAY_MS,
    )
    with busy_when_away():
        ensure_collections(connect(mongo_url))


def ensure_admin(password: str) -> bool:
    """Make the first admin; False if there is one, whatever its name."""
    if User.objects.filter(is_superuser=True).exists():
        return False
    User.objects.create_superuser(username=ADMIN, email="", password=password)
    return True


def wait_for(part: str, prepare: Callable[[], None], deadline: float) -> None:
    """Prepare a part as soon as it answers; after the deadline its error is raised."""
    while True:
        try:
            return prepare()
        except (Busy, OperationalError) as error:
            if time.monotonic() > deadline:
                raise
            why = str(error)[:300]
            log.warning("logsite.prepare.waiting", extra={"part": part, "why": why})
        time.sleep(RETRY_S)
