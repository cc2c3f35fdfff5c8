"""Brings the entries of a request to Kafka, or says at once that it cannot."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from ingest import metrics
from ingest.edge import circuit
from ingest.edge.spool import Spool
from ingest.edge.spoolfile import named, spooled
from ingest.errors import TooBusy, Unavailable
from ingest.kafka.producer import EntryProducer, Message, unavailable
from ingest.kafka.runs import Run

log = logging.getLogger(__name__)

Tell = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where the entries are: in Kafka, or as yet only on this machine's disk."""

    runs: list[Run]
    is_local: bool = False


class Delivery:
    """The circuit of one web process around its producer, and its spool if it has one.

    A request without a key whose messages Kafka did not acknowledge is not spooled:
    they may be there all the same, and nothing would tell the second from the first.
    """

    def __init__(
        self, producer: EntryProducer, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._producer = producer
        self._clock = clock
        self._circuit = circuit.CLOSED
        self._spool: Spool | None = None
        self._tell: Tell | None = None
        self._telling: asyncio.Task[None] | None = None
        self._spool_waits = False

    def spool_to(self, spool: Spool, tell: Tell) -> None:
        """Keep requests there while the circuit is open; `tell` says so elsewhere."""
        self._spool = spool
        self._tell = tell

    @property
    def may_try(self) -> bool:
        """Whether messages may be sent to Kafka now."""
        return circuit.admit(self._circuit, self._clock()) is not None

    @property
    def refuses(self) -> bool:
        """Whether a request would be refused now."""
        if self._spool is not None:
            return self.is_spooling and self._spool.refuses
        return not self.may_try

    @property
    def is_spooling(self) -> bool:
        return self._spool is not None and not self._circuit.is_closed

    def let_requests_try(self) -> None:
        """The spool has to wait for something else: it cannot learn of Kafka's return.

        Without this, requests would be spooled until it is full, with Kafka there.
        """
        self._spool_waits = True

    def check(self) -> None:
        """Raises Unavailable where it is sure that a request would be refused."""
        if self._spool is None:
            self._admitted()

    async def send(self, messages: Sequence[Message]) -> Delivered:
        """Where the messages are, once that is sure; raises Unavailable otherwise."""
        if not messages:
            return Delivered([])
        if self._spool is not None and self.is_spooling:
            if not (self._spool_waits and self.may_try):
                return await self._keep(messages, self._spool)
            messages = named(messages)  # so that it can be spooled if that fails
        try:
            return Delivered(await self.send_to_kafka(messages))
        except TooBusy:
            raise
        except Unavailable:
            has_name = messages[0][2] is not None
            if self._spool is None or not has_name:
                raise
            return await self._keep(messages, self._spool)

    async def send_to_kafka(self, messages: Sequence[Message]) -> list[Run]:
        """To Kafka or nowhere."""
        self._circuit = self._admitted()
        began = time.perf_counter()
        try:
            runs = await self._producer.send(messages)
        except TooBusy:
            raise
        except Unavailable as error:
            self._note_failure(error, len(messages))
            raise
        self._circuit = circuit.CLOSED
        self._spool_waits = False
        metrics.gauge("ingest_kafka_up", 1)
        metrics.gauge("ingest_producer_queue_messages", self._producer.waiting)
        metrics.observe("ingest_acknowledge_seconds", time.perf_counter() - began)
        return runs

    async def _keep(self, messages: Sequence[Message], spool: Spool) -> Delivered:
        if spool.is_empty:
            self._telling = None
        await spool.add(spooled(messages, time.time_ns() // 1_000_000))
        if self._telling is None and self._tell is not None:
            self._telling = asyncio.create_task(self._tell())
        if self._telling is not None:  # the data clock must not pass what waits here
            await asyncio.shield(self._telling)  # others wait for it too
        return Delivered([], is_local=True)

    def _admitted(self) -> circuit.Circuit:
        admitted = circuit.admit(self._circuit, self._clock())
        if admitted is None:
            raise unavailable("it did not answer a moment ago")
        return admitted

    def _note_failure(self, error: Unavailable, count: int) -> None:
        self._circuit = circuit.failed(self._clock())
        metrics.count("ingest_deliveries_failed_total", count)
        metrics.gauge("ingest_kafka_up", 0)
        log.warning("ingest.request.unacknowledged", extra={"error": error.message})
