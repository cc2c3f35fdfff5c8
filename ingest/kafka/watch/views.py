"""Asks single brokers who leads: one that is cut off from the others does not know."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ingest.errors import Busy
from ingest.kafka.admin import metadata_of
from ingest.kafka.watch.clock import Views

logger = logging.getLogger(__name__)

EVERY_S: Final = 0.25
TIMEOUT_S: Final = 2.0
ASKED: Final = 2  # brokers: one of them does not lead, whoever does


def leaders_by(address: str, topic: str) -> dict[int, int] | None:
    """Who leads each partition according to one broker; None if it is silent."""
    # A client of its own each time: a lasting one would ask any broker that it knows.
    asking = AdminClient({"bootstrap.servers": address, "log_level": 0})
    try:
        found = asking.list_topics(timeout=TIMEOUT_S).topics.get(topic)
    except KafkaException:
        return None
    return {n: one.leader for n, one in found.partitions.items()} if found else {}


class Confirmer:
    """Keeps asking in a thread of its own; the clock takes the newest views."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._brokers = brokers
        self._topic = topic
        self.is_needed = True  # until it is known that there is only one broker
        self.newest: Views | None = None

    def ask(self) -> None:
        """Ask two brokers; raises Busy if it is not known which there are."""
        known = metadata_of(self._brokers).brokers
        self.is_needed = len(known) > 1
        if not self.is_needed:
            return
        asked_s = time.monotonic()
        addresses = {n: f"{one.host}:{one.port}" for n, one in sorted(known.items())}
        self.newest = Views(asked_s, self._answers(addresses.items()))

    def _answers(
        self, addresses: Iterable[tuple[int, str]]
    ) -> dict[int, dict[int, int]]:
        found: dict[int, dict[int, int]] = {}
        for number, address in addresses:
            seen = leaders_by(address, self._topic)
            if seen is not None:
                found[number] = seen
            if len(found) == ASKED:
                break
        return found

    def keep_asking(self, stopping: threading.Event) -> None:
        """Until told to stop."""
        while not stopping.is_set():
            try:
                self.ask()
            except Busy:
                logger.debug("watch.views.waiting")
            stopping.wait(EVERY_S)
