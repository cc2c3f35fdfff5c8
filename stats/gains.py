"""What blocks hold beyond what was rolled up of them, folded into windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from ingest.entry import ERROR_LEVELS
from stats.windows import WIDTHS, Width

# Of a block: [[minute, service, level, entries], ...]
Counts = list[list[Any]]
Key = tuple[datetime, str]  # window and service
Gains = dict[Width, dict[Key, Counter[str]]]  # entries by level

NOTHING: Final[Counts] = []


def gains(blocks: Iterable[Mapping[str, Any]]) -> Gains:
    """By width, window and service: how many entries came in, by level."""
    gained: Counter[tuple[datetime, str, str]] = Counter()
    for block in blocks:
        for minute, service, level, entries in block["counts"]:
            gained[minute, service, level] += entries
        for minute, service, level, entries in block.get("rolled", NOTHING):
            gained[minute, service, level] -= entries
    return {width: _folded(gained, width) for width in WIDTHS}


def _folded(
    gained: Mapping[tuple[datetime, str, str], int], width: Width
) -> dict[Key, Counter[str]]:
    windows: dict[Key, Counter[str]] = {}
    for (minute, service, level), entries in gained.items():
        if entries:
            levels = windows.setdefault((width.floor(minute), service), Counter())
            levels[level] += entries
    return windows


def increments(levels: Mapping[str, int]) -> dict[str, int]:
    """What has to be added to the fields of a window's document."""
    return {
        "total": sum(levels.values()),
        "errors": sum(levels.get(level, 0) for level in ERROR_LEVELS),
        **{f"levels.{level}": entries for level, entries in levels.items()},
    }
