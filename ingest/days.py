"""Day collections: created explicitly, dropped whole, and the view over all of them.

An entry belongs to the day of its block, which is the day of append times. A day that
was dropped stays dropped: it is marked first, so no late write can bring it back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bson.binary import Binary
from pymongo.database import Database
from pymongo.errors import OperationFailure

from ingest.errors import DayGone
from ingest.fold.state import FIRST_DAY
from ingest.mongo import NAMESPACE_EXISTS, Document

PREFIX: Final = "logs_"
VIEW: Final = "logs"
# Large leaf pages: a block is one sequential read, and its lines compress together.
ENGINE: Final = "block_compressor=zstd,leaf_page_max=256KB,memory_page_max=10m"
CLASSIC_INDEXES: Final = (
    [("timestamp", -1), ("service", 1)],
    [("level", 1), ("timestamp", -1)],
)
_DAY: Final = "%Y%m%d"
DropBlocks = Callable[[Database[Document], str], None]


class Days:
    """The day collections of one database, as a writer sees them."""

    def __init__(self, db: Database[Document], classic_indexes: bool = False) -> None:
        self._db = db
        self._classic_indexes = classic_indexes
        self._uuids: dict[str, Binary] = {}

    def uuid(self, day: str) -> Binary:
        """Identity of the day's collection, which is made if this is its first entry.

        Inserts name it, so that they can never create a collection themselves.
        """
        if day not in self._uuids:
            self._uuids[day] = self._open(day)
        return self._uuids[day]

    def forget(self, day: str) -> None:
        self._uuids.pop(day, None)

    def _open(self, day: str) -> Binary:
        if is_dropped(self._db, day):
            raise DayGone(day)
        uuid = collection_uuid(self._db, day)
        if uuid is None:
            self._create(day)
            uuid = collection_uuid(self._db, day)
        if uuid is None:  # dropped between the two
            raise DayGone(day)
        return uuid

    def _create(self, day: str) -> None:
        try:
            self._db.create_collection(
                PREFIX + day,
                check_exists=False,
                clusteredIndex={"key": {"_id": 1}, "unique": True},
                storageEngine={"wiredTiger": {"configString": ENGINE}},
            )
        except OperationFailure as error:
            if error.code != NAMESPACE_EXISTS:  # another worker was faster
                raise
        if self._classic_indexes:
            for fields in CLASSIC_INDEXES:
                self._db[PREFIX + day].create_index(fields)
        renew_view(self._db)


def collection_uuid(db: Database[Document], day: str) -> Binary | None:
    found = db.command("listCollections", filter={"name": PREFIX + day})
    for collection in found["cursor"]["firstBatch"]:
        uuid: Binary = collection["info"]["uuid"]
        return uuid
    return None


def is_dropped(db: Database[Document], day: str) -> bool:
    return db["days"].find_one({"_id": day, "dropped": {"$ne": None}}) is not None


def stored_days(db: Database[Document]) -> list[str]:
    """The days that have a collection, oldest first."""
    names = db.list_collection_names(filter={"name": {"$regex": r"^logs_\d{8}$"}})
    return sorted(name.removeprefix(PREFIX) for name in names)


def kept_from(db: Database[Document]) -> str:
    """The first day that was not dropped; earlier entries are expired."""
    newest = db["days"].find_one({"dropped": {"$ne": None}}, sort=[("_id", -1)])
    return day_after(newest["_id"]) if newest else FIRST_DAY


def day_after(day: str, count: int = 1) -> str:
    moved = datetime.strptime(day, _DAY) + timedelta(days=count)  # noqa: DTZ007
    return moved.strftime(_DAY)


def expired_days(days: list[str], now: datetime, retention_days: int) -> list[str]:
    """The days that end before the retention begins; today is always kept."""
    first_kept = (now - timedelta(days=retention_days)).strftime(_DAY)
    return [day for day in days if day < first_kept]


def drop_expired(
    db: Database[Document], now: datetime, retention_days: int, drop_blocks: DropBlocks
) -> list[str]:
    """Drop what is older than the retention; repeated drops finish what was cut off.

    `drop_blocks` deletes a day's blocks; it may have a last look at them.
    """
    known = {*stored_days(db), *db["blocks"].distinct("day")} - _gone_days(db)
    days = expired_days(sorted(known), now, retention_days)
    for day in days:
        _drop_entries(db, day, now)
        drop_blocks(db, day)
        db["days"].update_one({"_id": day}, {"$set": {"gone": True}})
    _sweep(db)
    return days


def _gone_days(db: Database[Document]) -> set[str]:
    return {day["_id"] for day in db["days"].find({"gone": True})}


def _drop_entries(db: Database[Document], day: str, now: datetime) -> None:
    db["days"].update_one({"_id": day}, {"$set": {"dropped": now}}, upsert=True)
    # The view must not name a collection that is about to go.
    renew_view(db, without=day)
    db.drop_collection(PREFIX + day)


def _sweep(db: Database[Document]) -> None:
    # A writer that was stopped in the middle may have left something behind.
    for marked in db["days"].find({"gone": True}).sort("_id", -1).limit(30):
        if collection_uuid(db, marked["_id"]) is not None:
            db.drop_collection(PREFIX + marked["_id"])
        db["blocks"].delete_many({"day": marked["_id"]})


def renew_view(db: Database[Document], without: str = "") -> None:
    """Let the view `logs` show all days, for people with a shell."""
    days = [day for day in stored_days(db) if day != without]
    if not days:
        db.drop_collection(VIEW)
        return
    pipeline = [{"$unionWith": PREFIX + day} for day in days[1:]]
    try:
        db.command("create", VIEW, viewOn=PREFIX + days[0], pipeline=pipeline)
    except OperationFailure as error:
        if error.code != NAMESPACE_EXISTS:
            raise
        db.command("collMod", VIEW, viewOn=PREFIX + days[0], pipeline=pipeline)
