"""The table of workers: what `manage.py consume NAME` runs."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from ingest import metrics, mongo
from ingest.deadletter import TOPIC_SUFFIX, DeadLetters, known_verdicts
from ingest.documents import ensure_collections
from ingest.entries import Entries
from ingest.errors import Busy
from ingest.heads import Heads
from ingest.kafka.admin import topic_id
from ingest.kafka.consumer import LogConsumer
from ingest.kafka.outbox import Outbox
from ingest.kafka.records import Records
from ingest.kafka.topics import ensure_topic, settings_of
from ingest.mongo import busy_when_away
from ingest.opening import Opener
from ingest.runner import StoreWorker
from ingest.steps.flush import Flush
from ingest.steps.heartbeat import Heartbeat
from ingest.steps.limits import Limits
from ingest.steps.stops import Stops
from ingest.steps.verdicts import Judged
from ingest.steps.writer import Writer
from ingest.stops import read_head
from ingest.store import Store

logger = logging.getLogger(__name__)

GROUP: Final = "logsite-store"
RETRY_S: Final = 1.0
DEAD_LETTER_BYTES: Final = 1024**3
DEAD_LETTER_MS: Final = 14 * 86_400_000


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker needs to know; `name` is its slot, kept over restarts."""

    name: str
    brokers: str
    topic: str
    replication: int
    mongo_url: str
    heartbeat_dir: Path
    metrics_port: int = 0
    metrics_host: str = "127.0.0.1"
    classic_indexes: bool = False
    group: str = GROUP
    limits: Limits = Limits()
    transient: bool = False  # nobody of this name comes back: others take over at once


def run_store(settings: WorkerSettings, stopping: threading.Event) -> None:
    """Store the topic's messages until told to stop."""
    metrics.serve(settings.metrics_port, settings.metrics_host)
    heartbeat = Heartbeat(settings.heartbeat_dir, settings.name)
    if not _prepare(settings, heartbeat, stopping):
        return
    db = mongo.connect(settings.mongo_url)
    store = Store(db)
    letters = DeadLetters(Outbox(settings.brokers), settings.topic)
    slot = "" if settings.transient else settings.name
    this_topic = partial(topic_id, settings.brokers, settings.topic)
    records = Records(settings.brokers, settings.topic)
    entries = Entries(db, settings.classic_indexes)
    worker = StoreWorker(
        LogConsumer(settings.brokers, settings.topic, settings.group, slot),
        Opener(settings.topic, Heads(db), store, records, this_topic),
        Writer(Flush(entries, store, letters, this_topic)),
        Judged(partial(known_verdicts, db)),
        Stops(settings.limits, partial(read_head, db, this_topic)),
        heartbeat,
    )
    _collect_rarely()
    worker.run(stopping)
    records.close()
    heartbeat.end()


def _collect_rarely() -> None:
    # A flush holds tens of thousands of documents without cycles: looking through them
    # again and again costs a fifth of the worker's time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def _prepare(
    settings: WorkerSettings, heartbeat: Heartbeat, stopping: threading.Event
) -> bool:
    """Wait for Kafka, MongoDB and the topic; False when stopped."""
    while not stopping.is_set():
        heartbeat.beat()
        try:
            with busy_when_away():
                ensure_collections(mongo.connect(settings.mongo_url))
            topic_id(settings.brokers, settings.topic)
            _refuse_compacted(settings.brokers, settings.topic)
            _ensure_dead_letter_topic(settings)
        except Busy as busy:
            logger.warning("store.waiting", extra={"why": str(busy)[:300]})
            stopping.wait(RETRY_S)
        else:
            return True
    return False


def _refuse_compacted(brokers: str, topic: str) -> None:
    """Kafka would take messages away from the middle of the log, unseen."""
    policy = {s.name: s.value for s in settings_of(brokers, topic)}["cleanup.policy"]
    if "compact" in policy:
        raise Busy(f"topic {topic} is compacted: set its cleanup.policy to delete")


def _ensure_dead_letter_topic(settings: WorkerSettings) -> None:
    ensure_topic(
        settings.brokers,
        settings.topic + TOPIC_SUFFIX,
        1,
        settings.replication,
        DEAD_LETTER_BYTES,
        DEAD_LETTER_MS,
    )


WORKERS: Final[dict[str, Callable[[WorkerSettings, threading.Event], None]]] = {
    "store": run_store
}
