"""A stretch of what is stored: of each log what lies between two offsets. Pure.

Both ends are what a tail has as its cursor: for each log (the first 8 bytes of a
position) the first offset that was not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Vector = tuple[tuple[bytes, int], ...]  # log -> the first offset that was not seen


@dataclass(frozen=True)
class Between:
    """What was not seen at one moment, and was at another; without an end: all.

    A partition that `after` does not name was not seen at all before, and of one that
    `upto` does not name nothing was seen.
    """

    after: Vector = ()
    upto: Vector = ()

    @property
    def floors(self) -> dict[bytes, int]:
        """Where logs begin to count; the others do from their start."""
        return dict(self.after)

    def newest(self, stored: Mapping[bytes, int]) -> dict[bytes, int]:
        """Of the newest stored offsets those that count."""
        if not self.upto:
            return dict(stored)
        seen, begun = dict(self.upto), dict(self.after)
        # A life of a partition that ended between: `upto` names a later one.
        partitions = {_partition(log) for log in seen}
        return {
            log: min(offset, seen[log] - 1) if log in seen else offset
            for log, offset in stored.items()
            if log in seen or (log in begun and _partition(log) in partitions)
        }


def _partition(log: bytes) -> bytes:
    return log[-4:]  # it follows the incarnation


EVERYTHING: Final = Between()
