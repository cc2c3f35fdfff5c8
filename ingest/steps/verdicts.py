"""Messages that were judged before they are read: they cannot be stored."""

from __future__ import annotations

from collections.abc import Callable

from ingest.errors import BadEntry, EntriesRefused
from ingest.fold.block import parse_position
from ingest.fold.state import Lane
from ingest.steps.decode import NO_VERDICTS, Verdicts

# The dead letters of a lane beyond an offset.
Known = Callable[[Lane, int], Verdicts]


class Judged:
    """Verdicts of several partitions, kept until the blocks that hold them are written.

    Offsets of another life of a topic are other messages: nothing is said about them.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        # By incarnation and partition.
        self._verdicts: dict[tuple[int, int], dict[int, BadEntry]] = {}

    def refused(self, reason: EntriesRefused) -> None:
        """MongoDB refused these entries."""
        for entry, bad in reason.verdicts.items():
            incarnation, partition, offset = parse_position(entry)
            verdicts = self._verdicts.setdefault((incarnation, partition), {})
            verdicts[offset] = bad

    def load(self, lane: Lane, next_offset: int) -> None:
        """What is a dead letter already stays one, whatever else is said of it."""
        known = self._known(lane, next_offset - 1)
        if known:
            self._verdicts.setdefault(_place(lane), {}).update(known)

    def of(self, lane: Lane) -> Verdicts:
        return self._verdicts.get(_place(lane), NO_VERDICTS)

    def written(self, lane: Lane, next_offset: int) -> None:
        """Blocks say what became of the messages before this offset."""
        verdicts = self._verdicts.get(_place(lane))
        for offset in [each for each in verdicts or () if each < next_offset]:
            del self._verdicts[_place(lane)][offset]

    def forget(self, partition: int) -> None:
        """Another worker has the partition now, and finds out for itself."""
        for place in [place for place in self._verdicts if place[1] == partition]:
            del self._verdicts[place]


def _place(lane: Lane) -> tuple[int, int]:
    return lane.incarnation, lane.partition
