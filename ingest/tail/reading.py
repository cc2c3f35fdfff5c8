"""One look at the topic: each message decoded once, each filter asked once.

Runs in a thread, so that the event loop only hands out what was found.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import msgspec

from ingest.entry import LogEntry
from ingest.fold.block import position, to_datetime
from ingest.kafka.consumer import KafkaMessage
from ingest.kafka.reader import LogReader
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.query.moments import rfc3339
from ingest.steps.decode import decode, request_of
from ingest.tail.lives import Lives
from ingest.tail.prefilter import folded, may_match, needle

POLL_S: Final = 0.05  # a poll ends after so long, or when it is full
MAX_REQUESTS: Final = 100_000  # keyed messages that are remembered

Matchers = Mapping[LogFilter, Matcher]
Place = tuple[int, int]  # generation and offset: the earlier one first


@dataclass(frozen=True)
class Found:
    """An entry of the topic, and where it is."""

    partition: int
    offset: int
    incarnation: int  # these two say under which id it is stored:
    stored_at: int  # of an entry that was sent again, those of the first
    received: int  # append time in milliseconds
    size: int  # bytes of the message
    entry: LogEntry

    @cached_property
    def id(self) -> str:
        """As search has it, once it is stored."""
        return position(self.incarnation, self.partition, self.stored_at).hex()

    @cached_property
    def json(self) -> msgspec.Raw:
        """In the shape that search answers; made once for all sockets."""
        entry = self.entry
        item = {
            "id": self.id,
            "timestamp": rfc3339(entry.timestamp),
            "received": rfc3339(to_datetime(self.received)),
            "level": entry.level,
            "service": entry.service,
            "message": entry.message,
            "metadata": entry.metadata,
        }
        return msgspec.Raw(msgspec.json.encode(item))


Candidate = tuple[bytes | None, Found]  # with its folded text, if that decides


class Repeats:
    """Which keyed entries were seen before: a retry is stored under its first offset.

    Kept by all readers of a process, in whatever order they come by a message.
    """

    def __init__(self, limit: int = MAX_REQUESTS) -> None:
        self._limit = limit
        self._first: OrderedDict[tuple[str, int, bytes], Place] = OrderedDict()

    def first(
        self, lives: Lives, partition: int, offset: int, request: bytes | None
    ) -> Place:
        """The earliest place that is known for the entry of a message."""
        here = (lives.generation(partition, offset), offset)
        if request is None:
            return here
        key = (lives.topic_id, partition, request)
        first = self._first[key] = min(self._first.get(key, here), here)
        if len(self._first) > self._limit:
            self._first.popitem(last=False)
        return first


@dataclass
class Batch:
    """What one poll brought, and what of it each filter means."""

    messages: Mapping[int, list[KafkaMessage]]
    reached: dict[int, int]  # partition -> the first offset that was not read
    lost: set[int]  # partitions whose position Kafka does not have
    lives: Lives
    repeats: Repeats
    matches: dict[LogFilter, list[Found]] = field(default_factory=dict)

    def ask(self, matchers: Matchers) -> None:
        """Ask these filters; messages that none of them can mean are not decoded."""
        found = self._found({needle(matcher) for matcher in matchers.values()})
        for log_filter, matcher in matchers.items():
            self.matches[log_filter] = _chosen(found, matcher)

    def of(self, log_filter: LogFilter, matcher: Matcher) -> list[Found]:
        """The matches of a filter, also of one that came while this was read."""
        if log_filter not in self.matches:
            self.ask({log_filter: matcher})
        return self.matches[log_filter]

    def _found(self, wanted: set[bytes | None]) -> list[Candidate]:
        found = [
            one
            for partition, messages in self.messages.items()
            for one in self._decoded(partition, self._left(partition, messages, wanted))
        ]
        # By append time; the order within each partition stays.
        return sorted(found, key=lambda candidate: candidate[1].received)

    def _left(
        self,
        partition: int,
        messages: list[KafkaMessage],
        wanted: set[bytes | None],
    ) -> list[KafkaMessage]:
        if None in wanted:
            return messages
        for message in messages:
            if headers := message.headers():  # of one that is left out, too
                at, request = message.offset(), request_of(headers)
                self.repeats.first(self.lives, partition, at, request)
        return [m for m in messages if may_match(folded(m.value() or b""), wanted)]

    def _decoded(
        self, partition: int, messages: list[KafkaMessage]
    ) -> Iterator[Candidate]:
        received, lives = 0, self.lives
        for message in decode(messages):
            # Never backwards, so that sorting keeps the order within a partition.
            received = max(received, message.received)
            if isinstance(message.content, LogEntry):
                generation, stored_at = self.repeats.first(
                    lives, partition, message.offset, message.request
                )
                life = lives.incarnation(generation)
                where = (partition, message.offset, life, stored_at)
                size = len(message.value)
                found = Found(*where, received, size, message.content)
                yield folded(message.value), found


def read(
    reader: LogReader, lives: Lives, matchers: Matchers, repeats: Repeats
) -> Batch:
    """Wait a little for messages and ask every filter about them."""
    polled = reader.poll(POLL_S)
    reached = dict(polled.ends)
    for partition, messages in polled.messages.items():
        behind_last = messages[-1].offset() + 1
        reached[partition] = max(behind_last, reached.get(partition, 0))
    batch = Batch(polled.messages, reached, polled.resets, lives, repeats)
    batch.ask(matchers)
    return batch


def _chosen(found: Iterable[Candidate], matcher: Matcher) -> list[Found]:
    word = needle(matcher)
    return [
        one
        for text, one in found
        if (word is None or text is None or word in text)
        and matcher.entry(one.entry, one.id if matcher.asks_for_id else "")
    ]
