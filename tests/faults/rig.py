"""One row's own system: a topic, a database, web processes and store workers."""

from __future__ import annotations

import http.client
import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymongo
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from ingest.errors import Busy
from ingest.kafka.admin import topic_id
from ingest.kafka.topics import ensure_topic
from logsite.embedded import site
from tests.faults.flow import Flow, Pace
from tests.faults.oracle import Ledger, Reach, Reaches, Verdict, judge, reached
from tests.faults.processes import Chore, store_command
from tests.parts import free_port
from tests.site import manage

SEED = int(os.environ.get("LOGSITE_FAULT_SEED", "20261122"))
DRAIN_S = 60.0
READY_S = 30.0
PARTITIONS = 3
WEEK_MS = 7 * 86_400_000


@dataclass(frozen=True)
class Account:
    """A token that may send, and the database that knows it."""

    token: str
    environment: Mapping[str, str]


@dataclass
class Rig:
    """Everything of one row; `close` ends what still runs."""

    brokers: str
    mongo_url: str
    folder: Path
    account: Account
    replicas: int = 3
    name: str = field(default_factory=lambda: f"row-{uuid.uuid4().hex[:10]}")

    def __post_init__(self) -> None:
        self.topic = self.name
        self.group = f"store-{self.name}"  # nobody waits for another row's members
        self.create_topic()
        self.url = self.mongo_url.replace("/logsite?", f"/{self.name}?")
        self._client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(
            self.url, tz_aware=True, serverSelectionTimeoutMS=60_000
        )
        self.database = self._client[self.name]
        self.ledger = Ledger(self.folder, self.name)
        self.ports: list[int] = []
        self._chores: list[Chore] = []
        self._kept: list[Chore] = []

    def create_topic(self, max_bytes: int = 2 * 1024**3) -> None:
        """Patiently: a controller may just have come back."""

        def made() -> bool:
            ensure_topic(
                self.brokers, self.topic, PARTITIONS, self.replicas, max_bytes, WEEK_MS
            )
            return True

        wait_for(made)

    # -- processes -------------------------------------------------------------------

    def web(self, failpoint: str = "", mongo_url: str = "", **more: str) -> Chore:
        """A web process that accepts logs, and answers."""
        port = free_port(*self.ports)
        self.ports.append(port)
        told = {"WEB_ROLE": "ingest", "MONGO_URL": mongo_url or self.url, **more}
        command = site.web("127.0.0.1", port).command
        chore = self.chore(f"web-{port}", command, failpoint, **told)
        wait_for(lambda: get(port, "/healthz") == 200, READY_S)
        return chore

    def store(
        self, number: int = 1, failpoint: str = "", mongo_url: str = "", **more: str
    ) -> Chore:
        """A store worker; it may still be starting."""
        told = {"MONGO_URL": mongo_url or self.url, **more}
        name = f"store-{number}"
        return self.chore(name, store_command(name), failpoint, **told)

    def chore(
        self, name: str, command: tuple[str, ...], failpoint: str = "", **more: str
    ) -> Chore:
        """Any process of this row's system."""
        log = self.folder / f"{name}.log"
        chore = Chore(command, {**self._environment(), **more}, log)
        self._chores.append(chore)
        chore.start(failpoint)
        return chore

    def keep(self, chore: Chore) -> Chore:
        """Start it again whenever it ends by itself, as a supervisor does."""
        self._kept.append(chore)
        return chore

    def supervise(self) -> None:
        for chore in self._kept:
            if not chore.is_alive:
                chore.start()

    def manage(self, *words: str) -> str:
        """What a management command says."""
        return manage(self._environment(), *words)

    def _environment(self) -> dict[str, str]:
        return {
            **self.account.environment,
            "LOGSITE_DATA": str(self.folder),
            "KAFKA_BROKERS": self.brokers,
            "LOG_TOPIC": self.topic,
            "LOG_REPLICATION": str(self.replicas),
            "STORE_GROUP": self.group,
            "MONGO_URL": self.url,
        }

    def flow(self, pace: Pace | None = None, seed: str = "") -> Flow:
        token = self.account.token
        named = f"{SEED}/{seed}"
        return Flow(self.ports, token, self.ledger, named, pace or Pace())

    def close(self) -> None:
        for chore in self._chores:
            chore.end()
        self.ledger.close()
        self._client.close()

    # -- Kafka and MongoDB -----------------------------------------------------------

    def produce(self, values: Sequence[bytes | None], partition: int = 0) -> None:
        """Past the edge: what others might put on the topic."""
        producer = Producer({"bootstrap.servers": self.brokers, "acks": "all"})
        for value in values:
            producer.produce(self.topic, value, partition=partition)
        assert producer.flush(20) == 0

    def offsets(self) -> dict[int, tuple[int, int]]:
        """Log start and end of each partition, as Kafka has them now."""
        settings = {"bootstrap.servers": self.brokers, "group.id": "oracle"}
        consumer = Consumer({**settings, "log_level": 0})
        try:
            found = consumer.list_topics(self.topic, timeout=10).topics[self.topic]
            return {
                number: consumer.get_watermark_offsets(
                    TopicPartition(self.topic, number), timeout=10
                )
                for number in found.partitions
            }
        finally:
            consumer.close()

    def committed(self) -> dict[int, int]:
        """What the store workers told Kafka."""
        settings = {"bootstrap.servers": self.brokers, "log_level": 0}
        asking = Consumer({**settings, "group.id": self.group})
        try:
            places = [TopicPartition(self.topic, n) for n in self.offsets()]
            found = asking.committed(places, timeout=10)
            # Below zero where nothing was ever committed.
            return {place.partition: max(0, place.offset) for place in found}
        finally:
            asking.close()

    @property
    def visible(self) -> int:
        """How many offsets the blocks account for."""
        sizes: list[dict[str, Any]] = [
            {"$group": {"_id": None, "n": {"$sum": _OFFSETS}}}
        ]
        found = next(self.database["blocks"].aggregate(sizes), {"n": 0})
        return int(found["n"])

    def is_drained(self) -> bool:
        """Whether the newest block of each partition reaches Kafka's end."""
        self.supervise()
        return all(reach.reached == reach.end for reach in self.reaches().values())

    def reaches(self) -> Reaches:
        """Of each partition: what Kafka holds, and how far blocks reach."""
        return {
            partition: Reach(start, end, self.reached(partition))
            for partition, (start, end) in self.offsets().items()
        }

    def reached(self, partition: int) -> int:
        """Behind the last offset that is visible."""
        identity = topic_id(self.brokers, self.topic)
        return reached(self.database, identity, partition)

    def until_drained(self, seconds: float = DRAIN_S) -> None:
        wait_for(self.is_drained, seconds)

    def verdict(self) -> Verdict:
        return judge(self.ledger, self.database, self.reaches())


_OFFSETS = {"$add": [{"$subtract": ["$last", "$first"]}, 1]}


def get(port: int, path: str) -> int:
    """The status of a page, 0 if nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def wait_for(condition: Callable[[], bool], seconds: float = DRAIN_S) -> None:
    """Until it is so; a part that does not answer has not said yes."""
    deadline = time.monotonic() + seconds
    while not _is_so(condition):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


def _is_so(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except (Busy, KafkaException):
        return False


def assert_kept(rig: Rig, at_least: int = 1) -> Verdict:
    """The oracle: nothing lost, doubled, invented or unaccounted for."""
    verdict = rig.verdict()
    assert verdict.is_good, str(verdict)
    assert verdict.acked >= at_least, str(verdict)
    return verdict
