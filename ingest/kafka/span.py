"""What a partition holds at a moment: a range of offsets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """The first offset that there is, and the one behind the last."""

    first: int
    end: int
