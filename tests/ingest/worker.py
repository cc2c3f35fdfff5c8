"""A store worker in a thread of the test, and messages for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition
from pymongo.database import Database

from ingest.mongo import Document
from ingest.steps.limits import Limits
from ingest.workers import WorkerSettings, run_store

WAIT_S = 30.0
NO_LIMITS = Limits(ratio=0, window=0, run=0)


def produce(
    brokers: str,
    topic: str,
    values: list[bytes],
    *,
    partition: int = 0,
    headers: list[list[tuple[str, bytes]]] | None = None,
) -> None:
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 5})
    for number, value in enumerate(values):
        header: Any = headers[number] if headers else None
        producer.produce(topic, value, partition=partition, headers=header)
    assert producer.flush(20) == 0


def consume_all(brokers: str, topic: str, count: int) -> list[Any]:
    """The first messages of partition 0."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "reading"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    messages = consumer.consume(count, WAIT_S)
    consumer.close()
    return list(messages)


def line(number: int, message: str = "card declined") -> bytes:
    return (
        b'{"timestamp":"2026-03-01T12:00:00.%03dZ","level":"WARN",'
        b'"service":"payment-service","message":"%s %d","metadata":{"order":%d}}'
        % (number % 1000, message.encode(), number, number)
    )


def worker_settings(
    brokers: str, topic: str, database: Database[Document], folder: Path, name: str
) -> WorkerSettings:
    host, port = next(iter(database.client.nodes))
    url = f"mongodb://{host}:{port}/{database.name}?directConnection=true"
    run = folder / "run"
    return WorkerSettings(name, brokers, topic, 1, url, run, group=f"store-{topic}")


@contextmanager
def running_worker(
    brokers: str,
    topic: str,
    database: Database[Document],
    folder: Path,
    name: str = "store-1",
    limits: Limits = NO_LIMITS,
) -> Iterator[None]:
    """A worker that stores the topic in the database while the block runs."""
    database.client.admin.command("ping")
    settings = worker_settings(brokers, topic, database, folder, name)
    settings = replace(settings, limits=limits)
    stopping = threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            run_store(settings, stopping)
        except BaseException as failure:
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(WAIT_S)
        assert not thread.is_alive()
        if failures:
            raise failures[0]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def visible(database: Database[Document]) -> int:
    """How many offsets the blocks account for."""
    return sum(b["last"] - b["first"] + 1 for b in database["blocks"].find())


def stored(database: Database[Document]) -> list[Document]:
    names = database.list_collection_names(filter={"name": {"$regex": r"^logs_\d+$"}})
    return [entry for name in sorted(names) for entry in database[name].find()]
