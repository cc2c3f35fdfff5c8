"""A producer for a worker: sends a few messages and waits until Kafka has them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
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


@dataclass(frozen=True)
class Receipt:
    """Where Kafka put a message; an offset below 0 is one that it did not say."""

    partition: int
    offset: int
    at_ms: int


@dataclass(frozen=True)
class Undelivered:
    """A message that was not acknowledged; `never`: Kafka will not take it at all."""

    why: str
    never: bool = False
    fatal: bool = False  # to the producer


Delivery = Receipt | Undelivered
# What client or broker say of a message, whoever sends it and when.
_NEVER: Final = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD)


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

    def deliver(self, topic: str, letters: list[Letter]) -> list[Delivery]:
        """What became of each message, in their order, once that is known."""
        found: dict[int, Delivery] = {}
        producer = self._open()
        for number, letter in enumerate(letters):
            try:
                producer.produce(
                    topic,
                    letter.value,
                    letter.key,
                    headers=letter.headers,
                    on_delivery=partial(_note, found, number),
                )
                producer.poll(0)
            except KafkaException as error:
                found[number] = _undelivered(error.args[0])
            except BufferError as error:
                found[number] = Undelivered(str(error))
        producer.flush(SEND_TIMEOUT_S)
        if any(isinstance(one, Undelivered) and one.fatal for one in found.values()):
            self._producer = None  # it takes nothing any more: the next one may
        silence = Undelivered("Kafka does not answer")
        return [found.get(number, silence) for number in range(len(letters))]

    def _open(self) -> Producer:
        if self._producer is None:
            self._producer = Producer(config.outbox(self._brokers))
        return self._producer


def _note(found: dict[int, Delivery], number: int, error: Any, message: Any) -> None:
    if error is not None:
        found[number] = _undelivered(error)
        return
    offset, (_, at_ms) = message.offset(), message.timestamp()
    known = offset if offset is not None else -1
    found[number] = Receipt(message.partition(), known, at_ms)


def _undelivered(error: KafkaError) -> Undelivered:
    return Undelivered(error.str(), error.code() in _NEVER, error.fatal())
