"""One look at the topic: messages decoded once, each distinct filter asked once.

Runs in a thread, so that the event loop only hands out what was found.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ingest.entry import LogEntry
from ingest.fold.block import position
from ingest.fold.state import Message
from ingest.kafka.consumer import KafkaMessage
from ingest.kafka.reader import LogReader
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.steps.decode import decode

POLL_S: Final = 0.05  # a poll ends after so long, or when it is full
MAX_REQUESTS: Final = 100_000  # keyed messages that are remembered

Matchers = Mapping[LogFilter, Matcher]


@dataclass(frozen=True)
class Found:
    """An entry of the topic, and where it is."""

    partition: int
    offset: int
    stored_at: int  # offset under which it is stored: of a repeated entry the first
    incarnation: int
    received: int  # append time in milliseconds
    entry: LogEntry

    @cached_property
    def id(self) -> str:
        """As search has it, once it is stored."""
        return position(self.incarnation, self.partition, self.stored_at).hex()


@dataclass(frozen=True)
class Batch:
    """What one poll brought."""

    found: list[Found]  # by append time; in order within each partition
    reached: dict[int, int]  # partition -> the first offset that was not read
    lost: set[int]  # partitions whose position Kafka does not have
    matches: dict[LogFilter, list[Found]]

    def of(self, log_filter: LogFilter, matcher: Matcher) -> list[Found]:
        """The matches of a filter, also of one that came while this was read."""
        if log_filter not in self.matches:
            self.matches[log_filter] = [
                one
                for one in self.found
                if matcher.entry(one.entry, one.id if matcher.asks_for_id else "")
            ]
        return self.matches[log_filter]


class Repeats:
    """Which keyed entries were seen before: a retry is stored under its first offset.

    Kept by all readers of a process, in whatever order they come by a message.
    """

    def __init__(self, limit: int = MAX_REQUESTS) -> None:
        self._limit = limit
        self._first: OrderedDict[tuple[int, bytes], int] = OrderedDict()

    def first(self, partition: int, message: Message) -> int:
        """The lowest offset that is known for the entry of a message."""
        if message.request is None:
            return message.offset
        key = (partition, message.request)
        first = min(self._first.get(key, message.offset), message.offset)
        self._first[key] = first
        if len(self._first) > self._limit:
            self._first.popitem(last=False)
        return first


def read(
    reader: LogReader, incarnation: int, matchers: Matchers, repeats: Repeats
) -> Batch:
    """Wait a little for messages and ask every filter about them."""
    polled = reader.poll(POLL_S)
    found = [
        one
        for partition, messages in polled.messages.items()
        for one in _decoded(partition, messages, incarnation, repeats)
    ]
    found.sort(key=lambda one: one.received)
    reached = dict(polled.ends)
    for partition, messages in polled.messages.items():
        behind_last = messages[-1].offset() + 1
        reached[partition] = max(behind_last, reached.get(partition, 0))
    batch = Batch(found, reached, polled.resets, {})
    for log_filter, matcher in matchers.items():
        batch.of(log_filter, matcher)
    return batch


def _decoded(
    partition: int, messages: list[KafkaMessage], incarnation: int, repeats: Repeats
) -> Iterator[Found]:
    received = 0
    for message in decode(messages):
        # Never backwards, so that sorting keeps the order within a partition.
        received = max(received, message.received)
        if isinstance(message.content, LogEntry):
            first = repeats.first(partition, message)
            yield Found(
                *(partition, message.offset, first, incarnation),
                *(received, message.content),
            )
