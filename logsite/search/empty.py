"""Why a search found nothing, and where there is something."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from pymongo.database import Database

from ingest.query.budget import Allowance
from ingest.query.filter import LogFilter
from ingest.query.histogram import newest
from ingest.query.match import Matcher
from ingest.query.page import Matched
from ingest.query.run import searching

ELSEWHERE: Final = Allowance(seconds=0.5)  # nobody waits long for an explanation
MAX_COUNTED: Final = 1_000  # matches outside the range; beyond that "at least"
MAX_SERVICES: Final = 3


@dataclass(frozen=True)
class Elsewhere:
    """Matches whatever the range; those newer than `reached` if it is not None."""

    newest: datetime | None
    matched: Matched
    reached: datetime | None


@dataclass(frozen=True)
class Newest:
    service: str
    at: datetime | None  # None: it has no entries


@dataclass(frozen=True)
class Empty:
    """What there is instead of matches in the range."""

    nothing_stored: bool = False
    elsewhere: Elsewhere | None = None  # None: the range was all time
    services: tuple[Newest, ...] = ()


def explained(store: Database[dict[str, Any]], wanted: LogFilter) -> Empty:
    if newest(store, LogFilter()) is None:
        return Empty(nothing_stored=True)
    services = Matcher(wanted).filter.services[:MAX_SERVICES]
    shown = tuple(
        Newest(name, newest(store, LogFilter(services=(name,)))) for name in services
    )
    if wanted.start is None and wanted.end is None:
        return Empty(services=shown)
    return Empty(elsewhere=_elsewhere(store, wanted), services=shown)


def _elsewhere(store: Database[dict[str, Any]], wanted: LogFilter) -> Elsewhere:
    anywhere = replace(wanted, start=None, end=None)
    limit = 1 if Matcher(wanted).query.is_empty else MAX_COUNTED
    steps = searching(store, anywhere, limit, allowance=ELSEWHERE)
    last = deque(steps, maxlen=1).pop()
    assert last.page
    items = last.page.items
    return Elsewhere(
        newest=items[0].timestamp if items else None,
        matched=last.page.matched,
        reached=last.reached if last.page.partial else None,
    )
