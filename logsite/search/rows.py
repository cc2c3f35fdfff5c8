"""Entries as the rows of the list: one line each, cut, marked, dated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from ingest.query.page import Item
from logsite.search.columns import Cell, cells
from logsite.search.visible import MAX_SHOWN, Marker, Shown, marked, shown, visible

BADGES: Final = {
    "FATAL": "FA",
    "ERROR": "ER",
    "WARN": "WA",
    "INFO": "IN",
    "DEBUG": "DE",
    "TRACE": "TR",
}


@dataclass(frozen=True)
class Row:
    id: str
    at: datetime  # in the zone of the page
    new_day: bool  # the row above is of another day
    level: str
    badge: str
    service: str
    cells: list[Cell]  # of the chosen columns
    text: SafeString  # the first line, escaped and marked
    more_lines: int  # folded away
    more_characters: int  # cut off

    @property
    def clock(self) -> str:
        return clock(self.at)


def rows(
    entries: Iterable[Item],
    zone: ZoneInfo,
    pattern: Marker | None,
    day_above: date | None = None,
    columns: Sequence[str] = (),
) -> list[Row]:
    made: list[Row] = []
    for entry in entries:
        row = _row(entry, zone, pattern, day_above, columns)
        day_above = row.at.date()
        made.append(row)
    return made


def _row(
    entry: Item,
    zone: ZoneInfo,
    pattern: Marker | None,
    above: date | None,
    columns: Sequence[str],
) -> Row:
    at = entry.timestamp.astimezone(zone)
    first, more_lines, more_characters = folded(entry.message)
    return Row(
        id=entry.id,
        at=at,
        new_day=at.date() != above,
        level=entry.level,
        badge=BADGES.get(entry.level, entry.level[:2]),
        service=visible(entry.service),
        cells=cells(entry, columns),
        text=marked(first, pattern),
        more_lines=more_lines,
        more_characters=more_characters,
    )


def folded(message: str) -> tuple[Shown, int, int]:
    """The first line that says something; how many lines and characters are left."""
    whole = shown(message)
    first, _, rest = whole.text.partition("\n")
    more_lines = rest.count("\n") + 1 if rest else 0
    cut = whole.cut(0, min(len(first), MAX_SHOWN))
    return cut, more_lines, len(first) - len(cut.text)


def clock(at: datetime) -> str:
    """Time of day to the millisecond."""
    return at.strftime("%H:%M:%S.") + f"{at.microsecond // 1000:03d}"
