"""GET /api/ledger: minute by minute, what became of every offset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest
from ninja import Query, Router

from ingest.errors import QueryError
from ingest.ledger import stored
from ingest.ledger.arrivals import by_minute, total
from ingest.mongo import database
from ingest.query.freshness import complete_to
from ingest.query.moments import read_moment
from logsite.parameters import refuse_unknown
from logsite.pipeline.arrived import arrived_by_token
from logsite.pipeline.minutes import minute_from, sums_of
from logsite.pipeline.receipts_api import router as receipts_router
from logsite.pipeline.schemas import LedgerIn, LedgerOut

router = Router(tags=["pipeline"])
router.add_router("", receipts_router)

DEFAULT_RANGE: Final = timedelta(hours=1)
MAX_RANGE: Final = timedelta(days=1)


@router.get("/ledger", response=LedgerOut, summary="What became of every offset")
def show_ledger(request: HttpRequest, asked: Query[LedgerIn]) -> dict[str, Any]:
    """By minute of append time; the last hour without `from`."""
    refuse_unknown(request, LedgerIn)
    start, end = _range(asked, datetime.now(UTC))
    db, only = database(), set(filter(None, asked.service))
    visible_to = complete_to(db)
    minutes = [minute_from(one, only) for one in stored.between(db, start, end)]
    sums = sums_of(minutes)
    came = total(by_minute(db, start, end), start)
    return {
        "complete_to": visible_to,
        "alarm": sums.alarm,
        "sums": sums,
        "minutes": minutes,
        "arrived": list(arrived_by_token(came).values()),
    }


def _range(asked: LedgerIn, now: datetime) -> tuple[datetime, datetime]:
    end = read_moment("to", asked.end, now) if asked.end else now
    start = read_moment("from", asked.start, now) if asked.start else None
    start = start or end - DEFAULT_RANGE
    if start >= end:
        raise QueryError("bad_range", "`from` has to be before `to`.")
    if end - start > MAX_RANGE:
        raise QueryError(
            "range_too_long", "The range is longer than a day.", "Ask day by day."
        )
    return start, end
