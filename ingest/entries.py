"""The only writer of entries and dead letters, by position, in unordered inserts.

An insert can be repeated: what is stored already is compared, and left as it is. An
entry that MongoDB will never take costs only itself: all others are stored first.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from bson.binary import Binary
from pymongo.database import Database
from pymongo.errors import ExecutionTimeout, NetworkTimeout, OperationFailure

from ingest.days import PREFIX, Days
from ingest.errors import BadEntry, Busy, DayGone, EntriesRefused, OffsetsReused
from ingest.mongo import (
    AWAY_CODES,
    MAJORITY,
    Document,
    busy_when_away,
    is_away,
)
from ingest.refusals import (
    ABOUT_A_DOCUMENT,
    UNENCODABLE,
    UUID_MISMATCH,
    Accused,
    Answer,
    Undecided,
    WriteErrors,
    merged,
    read_errors,
    sift,
)

logger = logging.getLogger(__name__)

MAX_INSERT_ENTRIES: Final = 10_000
MAX_INSERT_BYTES: Final = 2 * 1024**2  # of JSON; BSON may be five times as large
INSERT_MS: Final = 10_000  # the server gives up a command after it
SLOW_TRIES: Final = 3  # of one document by itself, while others are stored in time
REFUSED: Final = "refused_by_store"
DEAD_LETTERS: Final = "dead_letters"
Sizes = dict[str, list[int]]  # day -> bytes of each entry as JSON
_SLOW: Final = (ExecutionTimeout, NetworkTimeout)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PROBE: Final = {
    "_id": bytes(16),
    "timestamp": _EPOCH,
    "received": _EPOCH,
    "level": "INFO",
    "service": "logsite",
    "message": "probe",
    "metadata": {},
}


class Entries:
    """Inserts into the day collections of one database."""

    def __init__(
        self,
        db: Database[Document],
        classic_indexes: bool = False,
        insert_ms: int = INSERT_MS,
    ) -> None:
        self._db = db
        self._days = Days(db, classic_indexes)
        self._insert_ms = insert_ms

    def insert(self, entries: dict[str, list[Document]], sizes: Sizes) -> int:
        """Insert what is not stored yet; answers how many were stored already.

        Raises EntriesRefused, when all others are stored, if MongoDB will never take
        some for what they are.
        """
        with busy_when_away():
            answer = merged(
                self._insert(day, part)
                for day, documents in entries.items()
                for part in _parts(documents, sizes[day])
            )
        if answer.refused:
            raise EntriesRefused(
                {
                    position: BadEntry(REFUSED, why)
                    for position, why in answer.refused.items()
                }
            )
        return len(answer.again)

    def insert_dead(self, letters: list[Document]) -> None:
        """Keep what cannot be stored, whole; the first letter of a position stays."""
        if letters:
            with busy_when_away():
                for part in _parts(letters, [size_of(letter) for letter in letters]):
                    self._insert_letters(part)

    def _insert_letters(self, letters: list[Document]) -> None:
        # There is no other place for these: a letter that is refused has to wait.
        try:
            refused = read_errors(letters, insert(self._db, DEAD_LETTERS, letters))
        except (Accused, Undecided) as error:
            raise _loudly_busy(DEAD_LETTERS, str(error)) from error
        for why in refused.refused.values():
            raise _loudly_busy(DEAD_LETTERS, why)

    def _insert(self, day: str, documents: list[Document]) -> Answer:
        uuid = self._days.uuid(day)
        try:
            answer = sift(documents, partial(self._try, day, uuid))
        except Undecided as error:
            if error.code == UUID_MISMATCH:
                self._days.forget(day)
                raise DayGone(day) from error
            if error.code in AWAY_CODES:
                raise Busy(str(error)) from error
            raise _loudly_busy(PREFIX + day, str(error)) from error
        self._compare(day, answer.again)
        return answer

    def _try(self, day: str, uuid: Binary, documents: list[Document]) -> Answer:
        """One insert, or a few of a single document that takes very long."""
        for _ in range(SLOW_TRIES if len(documents) == 1 else 1):
            try:
                errors = insert(
                    self._db,
                    PREFIX + day,
                    documents,
                    collectionUUID=uuid,
                    maxTimeMS=self._insert_ms,
                )
                return read_errors(documents, errors)
            except _SLOW as error:
                if _waited_for_others(error):
                    raise
                self._probe(day, uuid)
        raise Accused(f"not stored within {self._insert_ms} ms, though others were")

    def _probe(self, day: str, uuid: Binary) -> None:
        """Raises as the driver does if the collection takes no document in time.

        Then it is MongoDB that is slow, and nothing is said about what was sent.
        """
        with (
            self._db.client.start_session() as session,
            session.start_transaction(),
        ):
            self._db.command(
                "insert",
                PREFIX + day,
                documents=[_PROBE],
                collectionUUID=uuid,
                maxTimeMS=self._insert_ms,
                session=session,
            )
            session.abort_transaction()

    def _compare(self, day: str, again: list[Document]) -> None:
        # The same position must hold the same message; append time and text tell.
        if not again:
            return
        wanted = {document["_id"]: document for document in again}
        query = {"_id": {"$in": list(wanted)}}
        fields = {"received": 1, "message": 1}
        for stored in self._db[PREFIX + day].find(query, fields).sort("_id", 1):
            mine = wanted.pop(stored["_id"])
            received = mine["received"].replace(tzinfo=UTC)  # as it is read
            if (stored["received"], stored["message"]) != (received, mine["message"]):
                raise OffsetsReused(stored["_id"])
        if wanted:
            raise Busy(f"{len(wanted)} entries were there, and cannot be read")


def insert(
    db: Database[Document], collection: str, documents: list[Document], **options: Any
) -> WriteErrors:
    """One unordered insert, half the cost of `insert_many`; answers the write errors.

    Raises Accused if it fails as a whole for what a document is, Undecided for reasons
    that are not known. A `writeConcernError` does not raise in the driver's `command`:
    it is Busy here.
    """
    try:
        reply = db.command(
            "insert",
            collection,
            documents=documents,
            ordered=False,
            writeConcern=MAJORITY.document,
            **options,
        )
    except UNENCODABLE as error:
        raise Accused(str(error)) from error
    except OperationFailure as error:
        raise _meaning(error) from error
    if "writeConcernError" in reply:
        raise Busy(str(reply["writeConcernError"]))
    errors: WriteErrors = reply.get("writeErrors", [])
    return errors


def _meaning(error: OperationFailure) -> Exception:
    if is_away(error):
        return error
    if error.code in ABOUT_A_DOCUMENT:
        return Accused(str(error))
    return Undecided(error.code or 0, str(error))


def _waited_for_others(error: Exception) -> bool:
    # For a majority, or for a lock on the whole server: no document is to blame.
    details = getattr(error, "details", None) or {}
    return "writeConcernError" in details


def _loudly_busy(collection: str, why: str) -> Busy:
    """Nothing goes on until somebody looks: better than to give up good entries."""
    logger.error(
        "store.insert.unknown", extra={"collection": collection, "why": why[:300]}
    )
    return Busy(f"MongoDB refused a write for an unknown reason: {why[:300]}")


def size_of(letter: Document) -> int:
    """About how many bytes a dead letter has."""
    headers = sum(len(name) + len(value or b"") for name, value in letter["headers"])
    return len(letter["value"]) + len(letter["key"] or b"") + headers


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
