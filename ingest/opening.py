"""Where a worker goes on in a partition, and what it must settle before it does.

MongoDB says how far the partition was folded, Kafka what its log holds now. Where the
two do not fit, the difference is written down first: a new generation where offsets
mean other messages, a block of state lost where messages are gone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from ingest import metrics
from ingest.errors import Busy
from ingest.fold.block import (
    BLOCK_OFFSETS,
    BLOCK_VERSION,
    parse_position,
    to_datetime,
)
from ingest.fold.divergence import Found, agreed_until
from ingest.fold.state import PartitionFold
from ingest.generations import LOG_CUT, OFFSET_REUSED, Generations, Switch
from ingest.heads import Heads, Place
from ingest.kafka.records import Records
from ingest.kafka.span import Span
from ingest.recognition import found_between, still_holds
from ingest.store import Store

logger = logging.getLogger(__name__)

# A broker that has not caught up may name an end that is too low, for a moment.
SEEN_TWICE_AFTER_S: Final = 3.0
ATTEMPTS: Final = 5


class Opener:
    """Opens partitions of one topic for a worker."""

    def __init__(
        self,
        topic: str,
        heads: Heads,
        store: Store,
        records: Records,
        topic_id: Callable[[], str],
    ) -> None:
        self._topic = topic
        self._heads = heads
        self._store = store
        self._generations = Generations(store.db, store)
        self._records = records
        self._topic_id = topic_id
        self._too_short: dict[int, float] = {}  # partition -> since when its end is low

    def open(
        self, partition: int, span: Span, now: datetime, reused: bytes = b""
    ) -> PartitionFold:
        """The fold that goes on in this partition, of which Kafka holds `span`.

        `reused` is a position at which another message was found. Raises Busy while a
        part is away or does not give one clear answer.
        """
        topic_id = self._topic_id()
        if self._generations.retire(self._topic, topic_id, partition, now):
            self._tell("store.topic.replaced", partition, {"topic_id": topic_id})
        for _ in range(ATTEMPTS):
            place = self._heads.place(self._topic, topic_id, partition, span.first, now)
            if not self._settle(place, span, now, reused):
                fold = self._heads.fold(place)
                if fold.open_block is not None:
                    self._store.resumed(fold.open_block)
                return fold
        raise Busy(f"partition {partition} goes on changing")

    def _settle(self, place: Place, span: Span, now: datetime, reused: bytes) -> bool:
        """Write down one thing that does not fit; False if all does."""
        if place.end_of_generation is not None:
            self._generations.finish(place, place.end_of_generation)
            return True
        if switch := self._divergence(place, span, now, reused):
            extra = {
                "offset": switch.offset,
                "stored_to": place.next - 1,
                "reason": switch.reason,
            }
            self._tell("store.generation.raised", place.lane.partition, extra)
            metrics.count("store_generations_total", reason=switch.reason)
            self._generations.end(place, switch, now)
            return True
        if span.first > place.next:
            self._lose(place, span.first, now)
            return True
        return self._ends_other_format(place, now)

    # -- offsets that mean other messages ---------------------------------------------

    def _divergence(
        self, place: Place, span: Span, now: datetime, reused: bytes
    ) -> Switch | None:
        if self._was_cut(place, span, now):
            return self._switch(place, span, self._agreed(place, span), LOG_CUT)
        here = place.lane.incarnation, place.lane.partition
        if reused and parse_position(reused)[:2] == here:
            return self._switch(place, span, place.next, OFFSET_REUSED)
        return None

    def _switch(self, place: Place, span: Span, offset: int, reason: str) -> Switch:
        near = max(span.first, offset - BLOCK_OFFSETS)
        before = self._found(place, near, offset) if near < offset else {}
        if not before:
            return Switch(offset, reason, None)
        newest = max(before)
        record = {
            "offset": newest,
            "epoch": before[newest].epoch,
            "received": to_datetime(before[newest].received),
            "checksum": before[newest].checksum,
        }
        return Switch(offset, reason, record)

    def _was_cut(self, place: Place, span: Span, now: datetime) -> bool:
        partition = place.lane.partition
        if span.end < place.next:
            since = self._too_short.setdefault(partition, now.timestamp())
            if now.timestamp() - since < SEEN_TWICE_AFTER_S:
                raise Busy(f"partition {partition} ends before what is stored of it")
            return True
        self._too_short.pop(partition, None)
        witness = self._heads.newest_witness(place.head, place.newest)
        if witness is None:
            return False
        return not still_holds(self._records, partition, witness, span.first)

    def _agreed(self, place: Place, span: Span) -> int:
        """Behind the newest offset at which Kafka and the store agree."""
        end = min(place.next, span.end)
        for stretch in self._heads.blocks_before(place.head, end):
            if stretch.block["last"] < span.first:
                break
            end = min(stretch.block["last"] + 1, stretch.end)
            found = self._found(place, max(stretch.first, span.first), end)
            agreed = agreed_until(self._heads.witnesses(stretch.block), found)
            if agreed is not None:
                return min(agreed, span.end)
        # Nothing that is still stored speaks for any message of this log.
        return span.first

    def _found(self, place: Place, first: int, end: int) -> dict[int, Found]:
        return found_between(self._records, place.lane.partition, first, end)

    # -- messages that are gone --------------------------------------------------------

    def _lose(self, place: Place, log_start: int, now: datetime) -> None:
        first = place.next
        if place.newest is not None and not place.newest["done"]:
            why = {"reason": "lost", "at": now}
            self._store.seal(place.newest["_id"], place.newest["last"], why)
        self._store.insert_finished(place.bare_block(log_start - 1, now))
        metrics.count("store_offsets_lost_total", log_start - first)
        extra = {"from": first, "to": log_start - 1}
        self._tell("store.offsets.lost", place.lane.partition, extra)

    def _ends_other_format(self, place: Place, now: datetime) -> bool:
        newest = place.newest
        if newest is None or newest["done"] or newest["v"] == BLOCK_VERSION:
            return False
        why = {"reason": "format", "at": now}
        self._store.seal(newest["_id"], newest["last"], why)
        return True

    def _tell(self, event: str, partition: int, extra: Mapping[str, object]) -> None:
        logger.error(event, extra={"partition": partition, **extra})
