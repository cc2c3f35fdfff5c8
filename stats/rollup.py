"""Rollups: what blocks gained since the last time is added to windows, exactly once.

The windows and the block's note of what was rolled up change in one transaction. So
it is harmless to run this twice, at once, or to be cut off: late entries are simply
more gains, and a window never has to be counted again from entries that may be gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from pymongo import DeleteOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from ingest import metrics
from ingest.mongo import Document, busy_when_away
from ingest.query.freshness import complete_to
from stats.gains import gains, increments

BATCH_BLOCKS: Final = 100  # of one transaction
BATCH_COUNTS: Final = 4_000  # of one transaction; each is up to one write per width
RUN_BLOCKS: Final = 5_000  # of one run; what is left over is for the next one
STATUS: Final = "rollups"  # in `clock`

Failpoint = Callable[[str], None]
_FIELDS: Final = {"counts": 1, "rolled": 1, "last": 1, "done": 1, "day": 1}
_HAS_GAINED: Final = {
    "rolled_whole": None,  # absent: it may still grow, or was not rolled up yet
    "$expr": {"$or": ["$done", {"$gt": ["$last", {"$ifNull": ["$rolled_last", -1]}]}]},
}


def roll_up(db: Database[Document], failpoint: Failpoint = lambda name: None) -> int:
    """Bring the windows up to what the blocks hold; answers how many had gained."""
    with busy_when_away(), metrics.timed("rollup_seconds"):
        # Read first: what was visible then is in the blocks that are found now.
        visible_to = complete_to(db)
        rolled = 0
        for ids in _batches(db, _HAS_GAINED, RUN_BLOCKS):
            _in_transaction(db, partial(_add, db, ids, failpoint))
            rolled += len(ids)
        if visible_to is not None and rolled < RUN_BLOCKS:
            _note(db, visible_to)
        metrics.count("rollup_blocks_total", rolled)
        return rolled


def roll_up_and_drop(db: Database[Document], day: str) -> None:
    """Take a day's blocks away; what was not rolled up of them is, a last time."""
    with busy_when_away():
        db["blocks"].delete_many({"day": day, "rolled_whole": True})
        while ids := next(_batches(db, {"day": day}, BATCH_BLOCKS), None):
            _in_transaction(db, partial(_add_and_drop, db, ids))


def _batches(
    db: Database[Document], query: Document, at_most: int
) -> Iterator[list[bytes]]:
    ids: list[bytes] = []
    counts = 0
    fields = {"size": {"$size": "$counts"}}
    for block in list(db["blocks"].find(query, fields).sort("_id").limit(at_most)):
        if ids and (len(ids) == BATCH_BLOCKS or counts + block["size"] > BATCH_COUNTS):
            yield ids
            ids, counts = [], 0
        ids.append(block["_id"])
        counts += block["size"]
    if ids:
        yield ids


def _in_transaction(
    db: Database[Document], work: Callable[[ClientSession], None]
) -> None:
    # Tried again when somebody else wrote one of its documents meanwhile.
    with db.client.start_session() as session:
        session.with_transaction(
            work,
            read_concern=ReadConcern("snapshot"),
            write_concern=WriteConcern(w="majority"),
        )


def _add(
    db: Database[Document],
    ids: list[bytes],
    failpoint: Failpoint,
    session: ClientSession,
) -> None:
    query = {"_id": {"$in": ids}, **_HAS_GAINED}
    blocks = _living(
        db, session, list(db["blocks"].find(query, _FIELDS, session=session))
    )
    if not blocks:
        return
    _add_to_windows(db, session, blocks)
    failpoint("windows_added")
    db["blocks"].bulk_write([_mark(block) for block in blocks], session=session)
    failpoint("blocks_marked")


def _add_and_drop(
    db: Database[Document], ids: list[bytes], session: ClientSession
) -> None:
    query = {"_id": {"$in": ids}}
    blocks = list(
        db["blocks"].find(query, {**_FIELDS, "rolled_whole": 1}, session=session)
    )
    _add_to_windows(db, session, [b for b in blocks if "rolled_whole" not in b])
    drops = [DeleteOne({"_id": block["_id"]}) for block in blocks]
    if drops:
        db["blocks"].bulk_write(drops, session=session)


def _living(
    db: Database[Document], session: ClientSession, blocks: list[Document]
) -> list[Document]:
    """Without blocks of dropped days: a writer that slept may bring one back."""
    days = {"_id": {"$in": list({b["day"] for b in blocks})}, "dropped": {"$ne": None}}
    dropped = {day["_id"] for day in db["days"].find(days, session=session)}
    return [block for block in blocks if block["day"] not in dropped]


def _add_to_windows(
    db: Database[Document], session: ClientSession, blocks: list[Document]
) -> None:
    for width, windows in gains(blocks).items():
        changes = [
            UpdateOne(
                {"window": window, "service": service},
                {"$inc": increments(levels)},
                upsert=True,
            )
            for (window, service), levels in sorted(windows.items())
        ]
        if changes:
            db[width.collection].bulk_write(changes, session=session)


def _mark(block: Document) -> UpdateOne:
    """Note what was rolled up; of a finished block only that it was."""
    marks: dict[str, Any] = {"$set": {"rolled_last": block["last"]}}
    if block["done"]:
        marks["$set"]["rolled_whole"] = True
        marks["$unset"] = {"rolled": 1}
    else:
        marks["$set"]["rolled"] = block["counts"]
    return UpdateOne({"_id": block["_id"]}, marks)


def _note(db: Database[Document], visible_to: datetime) -> None:
    # A slower run may end after a later one: the time never goes back.
    change = {"$max": {"complete_to": visible_to}, "$set": {"at": datetime.now(UTC)}}
    db["clock"].update_one({"_id": STATUS}, change, upsert=True)
    metrics.gauge("rollup_complete_to_seconds", visible_to.timestamp())
