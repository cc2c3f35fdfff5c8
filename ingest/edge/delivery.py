"""Brings the entries of a request to Kafka, or says at once that it cannot."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from ingest import metrics
from ingest.edge import circuit
from ingest.errors import TooBusy, Unavailable
from ingest.kafka.producer import EntryProducer, Message, Run, unavailable

log = logging.getLogger(__name__)


class Delivery:
    """The circuit of one web process around its producer."""

    def __init__(
        self, producer: EntryProducer, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._producer = producer
        self._clock = clock
        self._circuit = circuit.CLOSED

    @property
    def refuses(self) -> bool:
        """Whether a request would be refused now."""
        return circuit.admit(self._circuit, self._clock()) is None

    def check(self) -> None:
        """Raises Unavailable while requests are refused."""
        if self.refuses:
            raise unavailable("it did not answer a moment ago")

    async def send(self, messages: Sequence[Message]) -> list[Run]:
        """Where the messages are, once Kafka has all; raises Unavailable otherwise."""
        if not messages:
            return []
        self._enter()
        began = time.perf_counter()
        try:
            runs = await self._producer.send(messages)
        except TooBusy:
            raise
        except Unavailable as error:
            self._note_failure(error, len(messages))
            raise
        self._circuit = circuit.CLOSED
        metrics.gauge("ingest_kafka_up", 1)
        metrics.gauge("ingest_producer_queue_messages", self._producer.waiting)
        metrics.observe("ingest_acknowledge_seconds", time.perf_counter() - began)
        return runs

    def _enter(self) -> None:
        self.check()
        admitted = circuit.admit(self._circuit, self._clock())
        if admitted is not None:
            self._circuit = admitted

    def _note_failure(self, error: Unavailable, count: int) -> None:
        self._circuit = circuit.failed(self._clock())
        metrics.count("ingest_deliveries_failed_total", count)
        metrics.gauge("ingest_kafka_up", 0)
        log.warning("ingest.request.unacknowledged", extra={"error": error.message})
