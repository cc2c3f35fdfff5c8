"""Three brokers and a controller apart, each of which a test may end and start."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    TopicMetadata,
)

from ingest.kafka.topics import alive_brokers
from logsite.embedded import kafka, ports
from logsite.embedded.jars import ensure_jars
from logsite.embedded.kafka import Node
from tests.parts import Part, free_port

BROKERS = (1, 2, 3)
HEAL_S = 60.0


class Cluster:
    """What a production cluster is, small: any broker may be away."""

    def __init__(self, folder: Path) -> None:
        ensure_jars()
        *brokers, controller = free_ports(len(BROKERS) + 1)
        self._nodes = kafka.nodes(brokers, controller)
        self._folder = folder
        self.brokers = kafka.bootstrap(self._nodes)
        self._parts: dict[int, Part] = {}
        cluster_id = kafka.new_cluster_id()
        # The controller comes first: brokers wait for it.
        for node in self._nodes:
            self._parts[node.id] = self._part(node, cluster_id)
        self.heal()

    def _part(self, node: Node, cluster_id: str) -> Part:
        process = kafka.prepare(
            node, self._nodes, self._folder, cluster_id, kafka.SHORT_RUN
        )
        return Part(process, self._folder, lambda: _listens(node))

    def broker(self, number: int) -> Part:
        return self._parts[number]

    @property
    def controller(self) -> Part:
        return self._parts[kafka.CONTROLLER_ID]

    def leader(self, topic: str, partition: int = 0) -> int:
        """The number of the broker that leads a partition."""
        return int(self._topic(topic).partitions[partition].leader)

    def heal(self) -> None:
        """Everybody back, and every replica in sync."""
        for part in self._parts.values():
            if part.is_alive:
                part.thaw()
            else:
                part.launch()
        deadline = time.monotonic() + HEAL_S
        while not self._is_whole():
            assert time.monotonic() < deadline, "the cluster did not become whole"
            time.sleep(0.2)

    def _is_whole(self) -> bool:
        found = self._topics()
        return len(alive_brokers(self.brokers)) == len(BROKERS) and all(
            len(partition.isrs) == len(partition.replicas)
            for topic in found.values()
            for partition in topic.partitions.values()
        )

    def _topics(self) -> Mapping[str, TopicMetadata]:
        # A client of its own: one that was connected before an outage asks late.
        admin = AdminClient({"bootstrap.servers": self.brokers, "log_level": 0})
        try:
            return admin.list_topics(timeout=5).topics
        except KafkaException:
            return {}

    def _topic(self, name: str) -> TopicMetadata:
        return self._topics()[name]

    def stop(self) -> None:
        for part in self._parts.values():
            part.stop()


def free_ports(count: int) -> list[int]:
    taken: list[int] = []
    for _ in range(count):
        taken.append(free_port(*taken))
    return taken


def _listens(node: Node) -> bool:
    port = node.port or node.controller_port
    return port is not None and not ports.is_free(port)
