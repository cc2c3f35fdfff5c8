"""What pages and API do with the cluster: read snapshots, change it, leave a trace."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

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


def create_topic(by: str, wanted: Wanted, dry_run: bool = False) -> None:
    topics.create(settings.KAFKA_BROKERS, wanted, dry_run)
    if not dry_run:
        _changed("logsite.kafka.topic_created", by, topic=wanted.name)


def alter_topic(
    by: str,
    name: str,
    partitions: int | None,
    changes: Mapping[str, str | None],
    dry_run: bool = False,
) -> None:
    if changes:
        topics.alter_settings(settings.KAFKA_BROKERS, name, changes, dry_run)
    if partitions:
        topics.add_partitions(settings.KAFKA_BROKERS, name, partitions, dry_run)
    if not dry_run:
        _changed("logsite.kafka.topic_altered", by, topic=name)


def delete_topic(by: str, name: str) -> None:
    topics.delete(settings.KAFKA_BROKERS, name, kept_topics())
    _changed("logsite.kafka.topic_deleted", by, topic=name)


def reset_group(
    by: str, group: str, topic: str, target: Target, dry_run: bool = False
) -> list[Move]:
    moved = resets.reset(settings.KAFKA_BROKERS, group, topic, target, dry_run)
    if not dry_run:
        _changed("logsite.kafka.group_reset", by, group=group, topic=topic)
    return moved


def _changed(event: str, by: str, **what: str) -> None:
    """Leave a trace, and let pages see the change at once."""
    log.info(event, extra={**what, "by": by})
    try:
        look_now()
    except (Busy, PyMongoError) as error:  # it was done all the same
        log.warning("logsite.kafka.not_seen", extra={"error": str(error)})
