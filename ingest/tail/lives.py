"""Which generation an offset belongs to, and so under which id it is stored. Pure.

Offsets that Kafka gives a second time, after a log was cut, belong to another
generation than before. The log of a partition goes through all of them: each from where
it began up to where a later one did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ingest.fold.block import incarnation

Starts = Mapping[int, tuple[int, ...]]  # partition -> where generations 1, 2, ... begin


@dataclass(frozen=True)
class Lives:
    """The present life of a topic, with the generations of its partitions."""

    topic_id: str
    starts: Starts

    def incarnation(self, generation: int) -> int:
        return _incarnation(self.topic_id, generation)

    def of(self, partition: int, offset: int) -> int:
        """The incarnation under which an offset is stored."""
        return self.incarnation(self.generation(partition, offset))

    def generation(self, partition: int, offset: int) -> int:
        """The newest one that begins at or before the offset."""
        starts = self.starts.get(partition, ())
        for generation in range(len(starts), 0, -1):
            if starts[generation - 1] <= offset:
                return generation
        return 0

    def newest(self, partition: int) -> int:
        return len(self.starts.get(partition, ()))

    def end(self, partition: int, generation: int) -> int | None:
        """Where the log passes on to a later generation; None: it did not."""
        return min(self.starts.get(partition, ())[generation:], default=None)


_incarnation = cache(incarnation)
