"""The only writer of entries and dead letters, by position, in unordered inserts.

An insert can be repeated: what is stored already is compared, and left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pymongo.database import Database

from ingest.days import PREFIX, Days
from ingest.errors import Busy, DayGone, IngestError, OffsetsReused
from ingest.mongo import MAJORITY, Document, busy_when_away

MAX_INSERT_ENTRIES: Final = 10_000
MAX_INSERT_BYTES: Final = 2 * 1024**2  # of JSON; BSON may be five times as large
Sizes = dict[str, list[int]]  # day -> bytes of each entry as JSON
_DUPLICATE_KEY: Final = 11000
_UUID_MISMATCH: Final = 361


class Entries:
    """Inserts into the day collections of one database."""

    def __init__(self, db: Database[Document], classic_indexes: bool = False) -> None:
        self._db = db
        self._days = Days(db, classic_indexes)

    def insert(self, entries: dict[str, list[Document]], sizes: Sizes) -> int:
        """Insert what is not stored yet; answers how many were stored already."""
        again = 0
        with busy_when_away():
            for day, documents in entries.items():
                for part in _parts(documents, sizes[day]):
                    again += self._insert(day, part)
        return again

    def insert_dead(self, letters: list[Document]) -> None:
        """Keep what cannot be stored, whole; the first letter of a position stays."""
        if letters:
            sizes = [len(letter["value"]) for letter in letters]
            with busy_when_away():
                for part in _parts(letters, sizes):
                    insert(self._db, "dead_letters", part)

    def _insert(self, day: str, documents: list[Document]) -> int:
        uuid = self._days.uuid(day)
        errors = insert(self._db, PREFIX + day, documents, collectionUUID=uuid)
        for error in errors:
            if error["code"] == _UUID_MISMATCH:
                self._days.forget(day)
                raise DayGone(day)
            if error["code"] != _DUPLICATE_KEY:
                raise IngestError(f"MongoDB refused an entry: {error}")
        self._compare(day, [documents[error["index"]] for error in errors])
        return len(errors)

    def _compare(self, day: str, documents: list[Document]) -> None:
        # The same position must hold the same message; append time and text tell.
        if not documents:
            return
        wanted = {document["_id"]: document for document in documents}
        query = {"_id": {"$in": list(wanted)}}
        fields = {"received": 1, "message": 1}
        found = self._db[PREFIX + day].find(query, fields).sort("_id", 1)
        for stored in found:
            mine = wanted[stored["_id"]]
            if (stored["received"], stored["message"]) != (
                mine["received"],
                mine["message"],
            ):
                raise OffsetsReused(stored["_id"])


def insert(
    db: Database[Document], collection: str, documents: list[Document], **options: Any
) -> list[dict[str, Any]]:
    """One unordered insert, half the cost of `insert_many`; answers the write errors.

    A `writeConcernError` does not raise in the driver's `command`: it is Busy here.
    """
    reply = db.command(
        "insert",
        collection,
        documents=documents,
        ordered=False,
        writeConcern=MAJORITY.document,
        **options,
    )
    if "writeConcernError" in reply:
        raise Busy(str(reply["writeConcernError"]))
    errors: list[dict[str, Any]] = reply.get("writeErrors", [])
    return errors


def _parts(documents: list[Document], sizes: list[int]) -> Iterator[list[Document]]:
    """Runs of documents that one insert command takes."""
    if len(documents) <= MAX_INSERT_ENTRIES and sum(sizes) <= MAX_INSERT_BYTES:
        yield documents
        return
    start = total = 0
    for index, size in enumerate(sizes):
        total += size
        full = total > MAX_INSERT_BYTES or index - start >= MAX_INSERT_ENTRIES
        if full and index > start:
            yield documents[start:index]
            start, total = index, size
    yield documents[start:]
