"""The line that a link leads to: on the page wherever among the matches it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from ingest.query.entries import entry
from ingest.query.filter import LogFilter
from ingest.query.landing import land
from logsite.search.found import FIRST, PAGE_ROWS, Found, answering


class State(StrEnum):
    """What became of the line."""

    SHOWN = "shown"
    APART = "apart"  # stored, but no match of the search
    GONE = "gone"  # not stored any more


@dataclass(frozen=True)
class Linked:
    id: str
    state: State
    above: bool = False  # newer matches are not on the page


def at_line(found: Found, wanted: LogFilter, line: str) -> tuple[Found, Linked]:
    """What was found, from near the line on; as it is if that cannot be."""
    if any(item.id == line for item in found.page.items):
        return found, Linked(line, State.SHOWN)
    with answering() as store:
        item = entry(store, line)
        if item is None:
            return found, Linked(line, State.GONE)
        landing = land(store, wanted, found.page, item, PAGE_ROWS, FIRST)
    if landing is None:
        return found, Linked(line, State.APART)
    return replace(found, page=landing.page), Linked(line, State.SHOWN, landing.above)
