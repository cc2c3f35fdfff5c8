"""One look at the topic: each message decoded once, each filter asked once.

Runs in a thread, so that the event loop only hands out what was found.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from ingest.entry import LogEntry
from ingest.kafka.consumer import KafkaMessage
from ingest.kafka.reader import LogReader
from ingest.query.match import Matcher
from ingest.steps.decode import decode, request_of
from ingest.tail.found import Found
from ingest.tail.lives import Lives
from ingest.tail.prefilter import Texts, needle

POLL_S: Final = 0.05  # a poll ends after so long, or when it is full
MAX_REQUESTS: Final = 100_000  # keyed messages that are remembered

Place = tuple[int, int]  # generation and offset: the earlier one first


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
    matches: dict[Matcher, list[Found]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sent = [(p, m) for p, some in self.messages.items() for m in some]
        self._texts = Texts([message.value() or b"" for _, message in self._sent])
        for partition, message in self._sent:  # also of what no filter means
            if headers := message.headers():
                at, request = message.offset(), request_of(headers)
                self.repeats.first(self.lives, partition, at, request)

    def ask(self, matchers: Iterable[Matcher]) -> None:
        """Ask these filters; messages that none of them can mean are not decoded."""
        places = {one: self._texts.places(needle(one)) for one in matchers}
        found = self._found(sorted(set().union(*places.values())))
        for matcher, some in places.items():
            asked = [found[place] for place in some if place in found]
            self.matches[matcher] = _chosen(asked, matcher)

    def of(self, matcher: Matcher) -> list[Found]:
        """The matches of a filter, also of one that came while this was read."""
        if matcher not in self.matches:
            self.ask([matcher])
        return self.matches[matcher]

    def _found(self, places: Iterable[int]) -> dict[int, Found]:
        """The entries at these places; some messages hold none."""
        of_partition: defaultdict[int, list[int]] = defaultdict(list)
        for place in places:
            of_partition[self._sent[place][0]].append(place)
        return {
            place: found
            for partition, some in of_partition.items()
            for place, found in self._decoded(partition, some)
        }

    def _decoded(
        self, partition: int, places: list[int]
    ) -> Iterator[tuple[int, Found]]:
        received, lives = 0, self.lives
        messages = decode([self._sent[place][1] for place in places])
        for place, message in zip(places, messages, strict=True):
            # Never backwards, so that sorting keeps the order within a partition.
            received = max(received, message.received)
            if isinstance(message.content, LogEntry):
                generation, stored_at = self.repeats.first(
                    lives, partition, message.offset, message.request
                )
                life = lives.incarnation(generation)
                where = (partition, message.offset, life, stored_at)
                size = len(message.value)
                yield place, Found(*where, received, size, message.content)


def read(
    reader: LogReader, lives: Lives, matchers: Iterable[Matcher], repeats: Repeats
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


def _chosen(asked: Iterable[Found], matcher: Matcher) -> list[Found]:
    """Those that match, by append time; the order within each partition stays."""
    matches = [
        one
        for one in asked
        if matcher.entry(one.entry, one.id if matcher.asks_for_id else "")
    ]
    return sorted(matches, key=attrgetter("received"))
