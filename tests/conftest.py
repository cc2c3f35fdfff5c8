"""The real parts that tests use: started when first asked for.

A part that cannot start is a failure, never a skip.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# How long an example takes says something about the machine only. The same code is
# tried on the same examples; who wants others says --hypothesis-profile=explore.
settings.register_profile("logsite", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("logsite")


@pytest.fixture(scope="session")
def parts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="session")
def kafka_brokers(parts_folder: Path) -> Iterator[str]:
    """Address of a real Kafka of one broker."""
    from tests.parts import start_kafka

    part, brokers = start_kafka(parts_folder)
    yield brokers
    part.stop()


@pytest.fixture(scope="session")
def mongo_url(parts_folder: Path) -> Iterator[str]:
    """Address of a real MongoDB: a replica set of one node."""
    from tests.parts import start_mongodb

    part, url = start_mongodb(parts_folder)
    yield url
    part.stop()


@pytest.fixture(scope="session")
def redis_url(parts_folder: Path) -> Iterator[str]:
    """Address of a real Valkey."""
    from tests.parts import start_valkey

    part, url = start_valkey(parts_folder)
    yield url
    part.stop()


@pytest.fixture
def topic(kafka_brokers: str) -> str:
    """A fresh topic: 3 partitions, the broker's append time."""
    from ingest.kafka.topics import ensure_topic

    name = f"logs-{uuid.uuid4().hex[:12]}"
    ensure_topic(kafka_brokers, name, 3, 1, 2 * 1024**3, 7 * 24 * 3600 * 1000)
    return name


@pytest.fixture
def mongo(mongo_url: str) -> Iterator[Any]:
    """A fresh database, dropped after the test."""
    import pymongo

    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
        mongo_url, tz_aware=True
    )
    with client:
        database = client[f"test_{uuid.uuid4().hex[:12]}"]
        yield database
        client.drop_database(database.name)
