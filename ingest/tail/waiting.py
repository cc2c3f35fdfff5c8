"""What waits for a socket: entries, and what is said of those left out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate

from ingest.tail.cursor import Gap
from ingest.tail.found import Found

Offsets = dict[int, int]


@dataclass
class Skipped:
    """Matches that were not kept, and the stretch where they are."""

    start: Offsets
    end: Offsets
    oldest: datetime  # event times of the first and the last of them
    newest: datetime
    count: int
    shown: int = 0  # matches of the same stretch that were kept

    def join(self, later: Skipped) -> None:
        """Go on with a stretch that follows."""
        self.end = later.end
        self.oldest = min(self.oldest, later.oldest)
        self.newest = max(self.newest, later.newest)
        self.count += later.count
        self.shown += later.shown


@dataclass
class News:
    """What is to be sent next, and from which cursor on."""

    cursor: str
    skipped: Skipped | None = None
    gap: Gap | None = None
    entries: list[Found] = field(default_factory=list)
    size: int = 0

    def __bool__(self) -> bool:
        return bool(self.entries or self.skipped or self.gap)


@dataclass(frozen=True)
class Kept:
    """Entries in their order: together, as there are very many."""

    entries: Sequence[Found]
    size: int

    def split(self, count: int, size: int) -> tuple[Kept, Kept]:
        """As many as fill one of both, at least one; and the rest."""
        sizes = accumulate(one.size for one in self.entries[:count])
        filling = (place for place, sum_ in enumerate(sizes, 1) if sum_ >= size)
        cut = next(filling, count)
        first = together(self.entries[:cut])
        return first, Kept(self.entries[cut:], self.size - first.size)


def together(entries: Sequence[Found]) -> Kept:
    return Kept(entries, sum([one.size for one in entries]))


@dataclass(frozen=True)
class Mark:
    """Everything before it was looked at up to here, whether it matched or not."""

    offsets: Offsets


Item = Kept | Skipped | Gap | Mark


def parted(items: Sequence[Item], keep: int) -> tuple[Sequence[Item], Sequence[Item]]:
    """In two: behind are at most so many entries, and nothing that was left out."""
    cut = len(items)
    for place in range(len(items), 0, -1):
        item = items[place - 1]
        if isinstance(item, Kept):
            keep -= len(item.entries)
        elif keep >= 0 and _ends(item) is not None:
            cut = place
        if keep < 0 or isinstance(item, Gap) or _leaves_out(item):
            return items[:cut], items[cut:]
    return items[:0], items


def as_one(items: Sequence[Item], start: Offsets) -> Skipped | None:
    """Entries and stretches as one that was not kept; None if that makes no sense."""
    found = [one for item in items if isinstance(item, Kept) for one in item.entries]
    end = _ends(items[-1]) if items else None
    if not found or end is None or any(isinstance(item, Gap) for item in items):
        return None
    times = [one.entry.timestamp for one in found]
    skipped = Skipped(start, dict(end), min(times), max(times), len(found))
    for stretch in items:
        if isinstance(stretch, Skipped):
            skipped.join(replace(stretch, end=skipped.end, shown=0))
    return skipped


def _ends(item: Item) -> Offsets | None:
    """Up to where all is told with this item; None if more belongs to it."""
    if isinstance(item, Mark):
        return item.offsets
    return item.end if isinstance(item, Skipped) and _leaves_out(item) else None


def _leaves_out(item: Item) -> bool:
    """Whether this is a stretch of which nothing was kept."""
    return isinstance(item, Skipped) and not item.shown
