"""Entries as the search answers them, for tests of how they are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.query.page import Item

NOON = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)


def item(message: str = "card declined", ago_s: float = 0, **metadata: Any) -> Item:
    at = NOON - timedelta(seconds=ago_s)
    received = at + timedelta(milliseconds=310)
    return Item("0" * 32, at, received, "ERROR", "payment-service", message, metadata)
