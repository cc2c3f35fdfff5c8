"""A producer for a worker: sends a few messages and waits until Kafka has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Producer

from ingest.errors import Busy
from ingest.kafka import config

SEND_TIMEOUT_S: Final = 15.0


@dataclass(frozen=True)
class Letter:
    """One message to send."""

    key: bytes | None
    value: bytes
    headers: list[tuple[str, str | bytes | None]]


class Outbox:
    """Made at first use, so never before a fork."""

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        self._producer: Producer | None = None

    def send(self, topic: str, letters: list[Letter]) -> None:
        """Returns when all are acknowledged; raises Busy if not all are."""
        errors: list[Any] = []

        def delivered(error: Any, _: Any) -> None:
            if error is not None:
                errors.append(error)

        producer = self._open()
        try:
            for letter in letters:
                producer.produce(
                    topic,
                    letter.value,
                    letter.key,
                    headers=letter.headers,
                    on_delivery=delivered,
                )
                producer.poll(0)
        except (BufferError, KafkaException) as error:
            errors.append(error.args[0])
        left = producer.flush(SEND_TIMEOUT_S)
        if any(isinstance(each, KafkaError) and each.fatal() for each in errors):
            self._producer = None  # it takes nothing any more: the next one may
        if errors or left:
            raise Busy(f"dead letters not acknowledged: {errors[:1] or left}")

    def _open(self) -> Producer:
        if self._producer is None:
            self._producer = Producer(config.outbox(self._brokers))
        return self._producer
