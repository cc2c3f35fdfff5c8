"""Which partitions of a worker stand still, and which messages the others admit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from ingest import metrics
from ingest.errors import Busy
from ingest.fold.message import Piece
from ingest.mongo import Document
from ingest.steps.limits import Limits, Stop, Tally

logger = logging.getLogger(__name__)


class Stopped(Busy):
    """The partition stands still until somebody allows that it goes on."""


class Stops:
    """Tallies of the partitions that a worker has; `head_of` reads a head."""

    def __init__(self, limits: Limits, head_of: Callable[[int], Document]) -> None:
        self._limits = limits
        self._head_of = head_of
        self._tallies: dict[int, Tally] = {}
        self._allowed_to: dict[int, int] = {}
        self._told: set[int] = set()  # partitions whose stop the writer knows of

    def check(self, partition: int) -> None:
        """Raises Stopped if it stands still."""
        head = self._head_of(partition)
        stopped = head.get("stopped")
        _show(partition, bool(stopped))
        if stopped:
            where = f"partition {partition} stands still at offset {stopped['offset']}"
            raise Stopped(f"{where}: {stopped['reason']}")
        self._allowed_to[partition] = head.get("allowed_to", 0)

    def opened(self, partition: int, next_offset: int) -> None:
        """It is read from this offset on, perhaps again."""
        tally = self._tallies.setdefault(partition, Tally(self._limits))
        tally.rewind(next_offset, self._allowed_to.get(partition, 0))
        self._told.discard(partition)

    def admit(self, partition: int, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """What comes before the message at which the partition stops."""
        return self._tallies[partition].admit(pieces)

    def stands(self, partition: int) -> bool:
        return self._tallies[partition].stop is not None

    def take(self, partition: int) -> Stop | None:
        """Once, the stop that has to be written down with what came before it."""
        stop = self._tallies[partition].stop
        if stop is None or partition in self._told:
            return None
        self._told.add(partition)
        return stop

    def written(self, partition: int, stop: Stop) -> None:
        """From now on the head says so."""
        extra = {"partition": partition, "offset": stop.offset, "why": stop.reason}
        logger.error("store.partition.stopped", extra=extra)
        _show(partition, True)

    def forget(self, partition: int) -> None:
        """Another worker has it now."""
        self._tallies.pop(partition, None)
        _show(partition, False)


def _show(partition: int, stands: bool) -> None:
    metrics.gauge("store_stopped", stands, partition=str(partition))
