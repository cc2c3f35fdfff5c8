"""Tells the data clock of the oldest entry that waits in a spool.

Best effort: while MongoDB is away from here nothing can be told, and no 202 waits for
it. As the clock itself is kept in MongoDB, that matters only where it is away from one
process alone.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import pymongo
from pymongo.database import Database
from pymongo.errors import PyMongoError

from ingest.fold.block import to_datetime
from ingest.mongo import Document

SPOOLS: Final = "spools"  # {_id: folder, oldest: when it was accepted, at: written}
PATIENCE_S: Final = 0.5


def register(db: Database[Document], name: str, oldest_ms: int) -> None:
    """Say what waits, if that can be said now."""
    now = datetime.now(UTC)
    told = {"oldest": to_datetime(oldest_ms), "at": now}
    with suppress(PyMongoError), pymongo.timeout(PATIENCE_S):
        db[SPOOLS].replace_one({"_id": name}, told, upsert=True)


def forget(db: Database[Document], name: str) -> bool:
    """Say that nothing waits any more; answers whether that could be said."""
    try:
        with pymongo.timeout(PATIENCE_S):
            db[SPOOLS].delete_one({"_id": name})
    except PyMongoError:
        return False
    return True
