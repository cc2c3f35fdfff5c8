"""Minutes of a ledger as the process `watch` writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ingest.fold.block import State
from ingest.ledger.balance import Account, Balance, Gap, Stretch, Tally
from ingest.ledger.stored import closed, opened
from ingest.mongo import Document

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def balance(
    minute: datetime,
    *tallies: tuple[str, State, int],
    missing: int = 0,
    gaps: tuple[Gap, ...] = (),
    tokens: dict[str, int] | None = None,
) -> Balance:
    """A minute of one partition with these offsets, and some that nobody knows of."""
    tally = Tally({(service, state): count for service, state, count in tallies})
    stretch = Stretch(0, 7, 100, 100 + tally.total() + missing)
    return Balance(minute, [Account(stretch, tally, gaps)], tokens or {})


def even(minute: datetime, **more: Any) -> Document:
    """1,000 offsets of two services, each with a known fate."""
    known = (
        ("api", State.STORED, 940),
        ("auth", State.STORED, 48),
        ("api", State.DUPLICATE, 10),
        ("", State.DEAD, 2),
    )
    return closed(balance(minute, *known, **more), minute, last_look=False)


def unread(minute: datetime, offsets: int = 1_000) -> Document:
    """A minute that is over but not visible."""
    return opened(balance(minute, missing=offsets), minute)
