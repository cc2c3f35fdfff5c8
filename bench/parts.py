"""Kafka and MongoDB for benchmarks: the embedded ones, on free ports."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from confluent_kafka import Producer

from ingest.kafka.topics import alive_brokers, ensure_topic
from logsite.embedded import kafka, mongodb, ports
from logsite.embedded.jars import ensure_jars
from tests.parts import FIRST_PORT, Part

DAY_MS = 86_400_000
TOPIC_BYTES = 8 * 1024**3
CACHE_GB = 1.0  # as `manage.py up` gives it


@dataclass(frozen=True)
class Kafka:
    """A running cluster."""

    brokers: str
    parts: list[Part]

    @property
    def processes(self) -> list[psutil.Process]:
        return [psutil.Process(part.run.pid) for part in self.parts]


@dataclass(frozen=True)
class MongoDB:
    """A running mongod, with the layout of the embedded stack."""

    port: int
    process: psutil.Process

    def url(self, database: str) -> str:
        return f"mongodb://127.0.0.1:{self.port}/{database}?replicaSet=logsite"


@contextmanager
def running_kafka(folder: Path, brokers: int) -> Iterator[Kafka]:
    ensure_jars()
    taken = free_ports(brokers + 1)
    cluster = kafka.nodes(taken[1:], taken[0])
    identity = kafka.new_cluster_id()
    with ExitStack() as stack:
        parts = []
        for node in cluster:
            process = kafka.prepare(node, cluster, folder, identity)
            part = Part(process, folder, partial(_is_up, node))
            stack.callback(part.stop)
            parts.append(part)
        yield Kafka(kafka.bootstrap(cluster), parts)


def _is_up(node: kafka.Node) -> bool:
    if node.port is None:
        return is_open(node.controller_port or 0)
    return node.id in alive_brokers(f"127.0.0.1:{node.port}")


@contextmanager
def running_mongodb(folder: Path) -> Iterator[MongoDB]:
    port = free_ports(1)[0]
    process = mongodb.prepare(port, folder, cache_gb=CACHE_GB)
    part = Part(process, folder, lambda: mongodb.is_primary(port))
    try:
        yield MongoDB(port, psutil.Process(part.run.pid))
    finally:
        part.stop()


def free_ports(count: int) -> list[int]:
    taken: list[int] = []
    while len(taken) < count:
        taken.append(ports.next_free(FIRST_PORT, taken))
    return taken


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def fill(
    brokers: str, topic: str, partitions: int, copies: int, values: Iterator[bytes]
) -> int:
    """A topic with these messages, spread evenly; answers their bytes."""
    ensure_topic(brokers, topic, partitions, copies, TOPIC_BYTES, DAY_MS)
    settings = {
        "bootstrap.servers": brokers,
        "linger.ms": 20,
        "compression.type": "lz4",
        "enable.idempotence": True,
        "log_level": 0,
    }
    producer, size = Producer(settings), 0
    for number, value in enumerate(values):
        size += len(value)
        _produce(producer, topic, value, number % partitions)
    producer.flush()
    return size


def _produce(producer: Producer, topic: str, value: bytes, partition: int) -> None:
    while True:
        try:
            producer.produce(topic, value, partition=partition)
            producer.poll(0)
            return
        except BufferError:
            producer.poll(0.1)
