"""A consumer that starts where it is told, and never skips.

Offsets in Kafka are written for lag tools only: the owner of a partition knows better.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from ingest.errors import Busy
from ingest.kafka import config
from ingest.kafka.span import Span

client_logger = logging.getLogger("ingest.kafka.client")  # what librdkafka says

POLL_MESSAGES: Final = 2_000
QUERY_TIMEOUT_S: Final = 10.0
# A commit that nobody confirmed is repeated then: later than the group would have put
# this member out, as a commit of a member that is joining anew is a fatal error.
COMMIT_AGAIN_S: Final = 3 * config.SESSION_S


class KafkaMessage(Protocol):
    """What the client says of one message."""

    def value(self) -> bytes | None: ...
    def key(self) -> bytes | None: ...
    def offset(self) -> int: ...
    def timestamp(self) -> tuple[int, int]: ...
    def headers(self) -> list[tuple[str, Any]] | None: ...
    def leader_epoch(self) -> int | None: ...


@dataclass
class Polled:
    """What one poll brought, by partition."""

    messages: dict[int, list[KafkaMessage]] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)  # partition -> offset of its end
    resets: set[int] = field(default_factory=set)  # the position is out of range


class LogConsumer:
    """One member of a group that reads one topic."""

    fetching: ClassVar[Mapping[str, int]] = {}  # settings that differ for a subclass

    def __init__(
        self, brokers: str, topic: str, group: str, instance: str = ""
    ) -> None:
        self._topic = topic
        self._unconfirmed: dict[int, int] = {}  # partition -> the offset to commit
        self._committed_at = 0.0
        settings = {**config.consumer(brokers, group, instance), **self.fetching}
        self._consumer = Consumer(
            {**settings, "on_commit": self._confirm}, logger=client_logger
        )

    def subscribe(
        self,
        on_assign: Callable[[list[int]], dict[int, int]],
        on_revoke: Callable[[list[int]], None],
    ) -> None:
        """Join the group. `on_assign` answers where each new partition starts."""

        def assigned(_: Consumer, given: list[TopicPartition]) -> None:
            starts = on_assign([each.partition for each in given])
            self._consumer.incremental_assign(self._at(starts))

        def revoked(_: Consumer, taken: list[TopicPartition]) -> None:
            on_revoke([each.partition for each in taken])
            for each in taken:
                self._unconfirmed.pop(each.partition, None)
            self._consumer.incremental_unassign(taken)

        self._consumer.subscribe(
            [self._topic], on_assign=assigned, on_revoke=revoked, on_lost=revoked
        )

    def poll(self, timeout_s: float) -> Polled:
        """Wait for messages; raises what the client says is fatal."""
        polled = Polled(defaultdict(list))
        messages: list[Any] = self._consumer.consume(POLL_MESSAGES, timeout_s)
        self._commit_again(time.monotonic())
        for message in messages:
            error = message.error()
            if error is None:
                polled.messages[message.partition()].append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                polled.ends[message.partition()] = message.offset()
            elif error.code() in (
                KafkaError._AUTO_OFFSET_RESET,
                KafkaError.OFFSET_OUT_OF_RANGE,
            ):
                polled.resets.add(message.partition())
            elif error.code() == KafkaError._FATAL:  # `fatal()` is not set here
                raise KafkaException(error)
        return polled

    def span(self, partition: int) -> Span:
        """What the partition holds now; raises Busy if it is not known."""
        try:
            first, end = self._consumer.get_watermark_offsets(
                TopicPartition(self._topic, partition), timeout=QUERY_TIMEOUT_S
            )
        except KafkaException as error:
            raise Busy(f"Kafka does not answer: {error.args[0].str()}") from error
        return Span(int(first), int(end))

    def restart(self, starts: dict[int, int]) -> None:
        """Read assigned partitions again from other offsets."""
        places = self._at(starts)
        self._consumer.incremental_unassign(places)
        self._consumer.incremental_assign(places)

    def pause(self, partitions: list[int]) -> None:
        self._consumer.pause(self._at(dict.fromkeys(partitions, 0)))

    def resume(self, partitions: list[int]) -> None:
        self._consumer.resume(self._at(dict.fromkeys(partitions, 0)))

    def commit(self, offsets: dict[int, int], wait: bool = False) -> None:
        """Tell lag tools how far it got; that it fails loses nothing."""
        self._unconfirmed |= offsets
        self._committed_at = time.monotonic()
        places = self._at(self._unconfirmed)
        with suppress(KafkaException):
            if wait:
                self._consumer.commit(offsets=places, asynchronous=False)
            else:
                self._consumer.commit(offsets=places)

    def _confirm(self, error: KafkaError | None, places: list[TopicPartition]) -> None:
        """What a commit came to; called by the client while it polls."""
        for place in places:
            is_told = error is None and place.error is None
            if is_told and self._unconfirmed.get(place.partition) == place.offset:
                del self._unconfirmed[place.partition]

    def _commit_again(self, now: float) -> None:
        # Else one that met a dying broker leaves a lag while nobody sends.
        if self._unconfirmed and now - self._committed_at >= COMMIT_AGAIN_S:
            self.commit(dict(self._unconfirmed))

    def close(self) -> None:
        self._consumer.close()

    def _at(self, offsets: dict[int, int]) -> list[TopicPartition]:
        return [TopicPartition(self._topic, p, offset) for p, offset in offsets.items()]
