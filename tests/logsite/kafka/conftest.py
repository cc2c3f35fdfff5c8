"""A snapshot that needs no Kafka: two brokers, an orders topic, a group behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from ingest import mongo as mongodb
from ingest.kafka.shapes import Broker, Group, Partition, Reading, Snapshot, Topic
from ingest.kafka.watch import history

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDERS = Topic(
    "orders",
    (
        Partition(0, 1, (1, 2), (1, 2), 5, 605),
        Partition(1, 2, (2, 1), (2,), 0, 300),
    ),
)
OFFSETS = Topic("__consumer_offsets", (Partition(0, 1, (1,), (1,), 0, 9),))
BILLING = Group(
    "billing/eu",
    "stable",
    1,
    (
        Reading("orders", 0, 2, 5, 605, "bill-1 /10.0.0.7"),
        Reading("orders", 1, None, 0, 300),
    ),
)
BROKERS = (Broker(1, "kafka-1:9092"), Broker(2, "kafka-2:9092"))
SNAPSHOT = Snapshot(NOW, "c", 1, BROKERS, (OFFSETS, ORDERS), (BILLING,))


@pytest.fixture
def store(mongo: Any, mongo_url: str) -> Iterator[Any]:
    """The store of the site: a fresh database."""
    mongodb.configure(mongo_url.replace("/logsite?", f"/{mongo.name}?"))
    database = mongodb.database()
    yield database
    database.client.close()
    mongodb.configure(settings.MONGO_URL)


@pytest.fixture
def seen(store: Any) -> Snapshot:
    """What `watch` saw: over the last minute 60 messages came in."""
    before = replace(
        ORDERS,
        partitions=(replace(ORDERS.partitions[0], end=545), ORDERS.partitions[1]),
    )
    a_minute_ago = NOW - timedelta(minutes=1)
    history.save(store, replace(SNAPSHOT, at=a_minute_ago, topics=(before,)))
    history.save(store, SNAPSHOT)
    return SNAPSHOT
