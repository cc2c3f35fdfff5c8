"""Sends the entries of one request and waits until the brokers have all of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Producer

from ingest.errors import TooBusy, Unavailable
from ingest.failpoints import reach
from ingest.kafka import config
from ingest.kafka.runs import Place, Run, runs_of

log = logging.getLogger(__name__)

POLL_S: Final = 0.002
BREATH: Final = 2_000  # messages between two turns for other requests
IDLE_POLL_S: Final = 1.0
CONNECT_S: Final = 1.0
STOP_S: Final = 10.0
REQUEST_HEADER: Final = "request"  # of a message: which request, which entry of it

# One entry on its way: value, key, headers. A plain tuple: there are very many.
Message = tuple[bytes, bytes, dict[str, str | bytes | None] | None]
Report = Callable[[KafkaError | None, Any], None]  # of one message's delivery


class _Flight:
    """The messages of one request between produce and the last delivery report."""

    __slots__ = ("done", "error", "places", "waiting")

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self.places: list[Place] = []
        self.error: KafkaError | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def report(self, error: KafkaError | None, message: Any) -> None:
        """Called for each message, from poll() in the event loop."""
        if error is not None:
            self.error = error
        elif (offset := message.offset()) is not None:
            at = message.timestamp()[1]
            self.places.append((message.partition(), offset, at))
        self.waiting -= 1
        if not self.waiting and not self.done.done():
            self.done.set_result(None)


class EntryProducer:
    """The producer of one web process; made in start(), never before a fork."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._settings = config.producer(brokers)
        self._topic = topic
        self._producer: Producer | None = None
        self._poller: asyncio.Task[None] | None = None
        self._promised = 0  # of requests under way, not yet in the client's queue
        self._work = asyncio.Event()
        self._idle = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Messages that are not acknowledged yet."""
        return len(self._producer) if self._producer is not None else 0

    async def start(self) -> None:
        """Connect; brokers that are away now may come later."""
        self._producer = producer = Producer(self._settings)
        with suppress(KafkaException):
            # Without it the first request would wait a second for the connection.
            await asyncio.to_thread(producer.list_topics, timeout=CONNECT_S)
        self._poller = asyncio.create_task(self._poll(), name="kafka-poll")

    async def stop(self) -> None:
        """Wait for what is under way, at most STOP_S."""
        if self.waiting:
            self._idle.clear()
            self._work.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), STOP_S)
        if self.waiting:
            log.error("ingest.producer.left_over", extra={"messages": self.waiting})
        if self._poller is not None:
            self._poller.cancel()
        self._poller = self._producer = None

    async def send(self, messages: Sequence[Message]) -> list[Run]:
        """Where the messages are, once all are acknowledged.

        Empty if that is not known: of a message that it has already, a broker may say
        no more than that. Raises Unavailable if a single one is not acknowledged: the
        request then claims nothing.
        """
        if not messages:
            return []
        self._check_queue(len(messages))
        flight = _Flight(len(messages))
        try:
            await self._produce(messages, flight)
            reach("after_produce")
            async with asyncio.timeout(config.MESSAGE_TIMEOUT_S + 5):
                await flight.done
        except BufferError as error:
            raise queue_full() from error
        except (KafkaException, TimeoutError) as error:
            self._renew_after(error)
            raise unavailable(str(error)) from error
        if flight.error is not None:
            self._renew_after(KafkaException(flight.error))
            raise unavailable(flight.error.str())
        is_known = len(flight.places) == len(messages)
        return runs_of(flight.places) if is_known else []

    def _check_queue(self, count: int) -> None:
        """All of a request, or nothing: half of it would only be sent twice."""
        if self.waiting + self._promised + count > config.QUEUE_MESSAGES:
            raise queue_full()

    async def _produce(self, messages: Sequence[Message], flight: _Flight) -> None:
        if self._producer is None:
            raise unavailable("the producer is not started")
        self._work.set()
        left = len(messages)
        self._promised += left
        try:
            for start in range(0, len(messages), BREATH):
                if start:
                    await asyncio.sleep(0)
                part = messages[start : start + BREATH]
                _queue(self._producer, self._topic, part, flight.report)
                self._promised -= len(part)
                left -= len(part)
        finally:
            self._promised -= left

    async def _poll(self) -> None:
        """Serves delivery reports in the event loop: no thread, no locks."""
        while True:
            with suppress(TimeoutError):  # idle, the client has news now and then too
                await asyncio.wait_for(self._work.wait(), IDLE_POLL_S)
            self._work.clear()
            while self.waiting and self._producer is not None:
                self._producer.poll(0)
                await asyncio.sleep(POLL_S)
            self._idle.set()

    def _renew_after(self, error: BaseException) -> None:
        """A fatal error ends an idempotent producer for good: take a new one."""
        reason = error.args[0] if error.args else None
        if isinstance(reason, KafkaError) and reason.fatal():
            log.error("ingest.producer.fatal", extra={"error": reason.str()})
            self._producer = Producer(self._settings)


def _queue(
    producer: Producer, topic: str, messages: Sequence[Message], report: Report
) -> None:
    """Hand messages to the client, in one call where none has headers."""
    if any([headers for _, _, headers in messages]):
        for value, key, headers in messages:
            producer.produce(topic, value, key, on_delivery=report, headers=headers)
        return
    batch: list[dict[str, Any]] = [
        {"value": value, "key": key} for value, key, _ in messages
    ]
    if producer.produce_batch(topic, batch, on_delivery=report) < len(batch):
        raise _refusal(next(one["_error"] for one in batch if "_error" in one))


def _refusal(error: KafkaError) -> Exception:
    """What `produce` raises where the batch only notes an error."""
    is_full = error.code() == KafkaError._QUEUE_FULL
    return BufferError(error.str()) if is_full else KafkaException(error)


def unavailable(reason: str) -> Unavailable:
    return Unavailable(
        "brokers_unavailable",
        f"Kafka did not acknowledge every entry: {reason}.",
        "Send it again; with the same Idempotency-Key nothing is stored twice.",
    )


def queue_full() -> TooBusy:
    return TooBusy("too_busy", "Too many entries wait for Kafka.", "Try again soon.")
