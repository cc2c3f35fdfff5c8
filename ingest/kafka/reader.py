"""Reads a topic from given offsets, in no group: what it reads changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from confluent_kafka import KafkaException

from ingest.errors import Busy
from ingest.kafka import config
from ingest.kafka.consumer import QUERY_TIMEOUT_S, LogConsumer
from ingest.kafka.span import Span

GROUP: Final = "logsite-tail"  # the client wants a name; nothing is ever committed


class LogReader(LogConsumer):
    """A consumer that is told where each partition starts, by whoever uses it."""

    fetching = config.IN_BULK

    def __init__(self, brokers: str, topic: str) -> None:
        super().__init__(brokers, topic, GROUP)

    def partitions(self) -> list[int]:
        """Those that the topic has now; raises Busy if it is not known."""
        with _busy_when_away():
            metadata = self._consumer.list_topics(self._topic, timeout=QUERY_TIMEOUT_S)
        found = metadata.topics[self._topic]
        if found.error or not found.partitions:
            raise Busy(f"topic {self._topic} is missing")
        return sorted(found.partitions)

    def spans(self) -> dict[int, Span]:
        """What every partition holds; raises Busy if it is not known."""
        return {number: self.span(number) for number in self.partitions()}

    def start(self, offsets: Mapping[int, int]) -> None:
        """Read these partitions from these offsets, and no others."""
        self._consumer.assign(self._at(dict(offsets)))


@contextmanager
def _busy_when_away() -> Iterator[None]:
    try:
        yield
    except KafkaException as error:
        raise Busy(f"Kafka does not answer: {error.args[0].str()}") from error
