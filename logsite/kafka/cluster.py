"""What pages and API do with the cluster: read snapshots, change it, leave a trace."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from pymongo.errors import PyMongoError

from ingest.deadletter import own_topics
from ingest.errors import Busy
from ingest.kafka import resets, topics
from ingest.kafka.resets import Move, Target
from ingest.kafka.shapes import Snapshot, rates
from ingest.kafka.topics import Setting, Wanted
from ingest.kafka.watch import history
from ingest.kafka.watch.looking import look
from ingest.mongo import database
from logsite.audit.actors import Actor
from logsite.audit.recording import record

log = logging.getLogger(__name__)

RATE_OVER: Final = timedelta(minutes=1)


def newest() -> Snapshot | None:
    """The cluster as `watch` saw it last; no page waits for Kafka."""
    return history.newest(database())


def rates_at(snapshot: Snapshot) -> dict[str, float]:
    """Messages a second into each topic, over about a minute."""
    return rates(history.before(database(), snapshot, RATE_OVER), snapshot)


def look_now() -> Snapshot:
    """For somebody who is about to change something: the cluster as it is now."""
    return look(settings.KAFKA_BROKERS, database())


def kept_topics() -> frozenset[str]:
    return own_topics(settings.LOG_TOPIC)


def settings_of(name: str) -> list[Setting]:
    return topics.settings_of(settings.KAFKA_BROKERS, name)


def create_topic(by: Actor, wanted: Wanted, dry_run: bool = False) -> None:
    topics.create(settings.KAFKA_BROKERS, wanted, dry_run)
    if not dry_run:
        asked = {key: value for key, value in vars(wanted).items() if key != "name"}
        _changed(by, "topic.create", wanted.name, asked)


def alter_topic(
    by: Actor,
    name: str,
    partitions: int | None,
    changes: Mapping[str, str | None],
    dry_run: bool = False,
) -> None:
    """Each of the two is written down by itself: the second may be refused."""
    if changes:
        topics.alter_settings(settings.KAFKA_BROKERS, name, changes, dry_run)
        if not dry_run:
            _changed(by, "topic.alter", name, {"settings": dict(changes)})
    if partitions:
        topics.add_partitions(settings.KAFKA_BROKERS, name, partitions, dry_run)
        if not dry_run:
            _changed(by, "topic.alter", name, {"partitions": partitions})


def delete_topic(by: Actor, name: str) -> None:
    topics.delete(settings.KAFKA_BROKERS, name, kept_topics())
    _changed(by, "topic.delete", name)


def reset_group(
    by: Actor, group: str, topic: str, target: Target, dry_run: bool = False
) -> list[Move]:
    moved = resets.reset(settings.KAFKA_BROKERS, group, topic, target, dry_run)
    if not dry_run:
        partitions = {str(one.partition): one.after for one in moved}
        told = {"topic": topic, "offsets": partitions}
        _changed(by, "group.reset", group, told)
    return moved


def _changed(
    by: Actor, action: str, name: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Leave a trace, and let pages see the change at once."""
    record(by, action, name, detail)
    try:
        look_now()
    except (Busy, PyMongoError) as error:  # it was done all the same
        log.warning("logsite.kafka.not_seen", extra={"error": str(error)})
