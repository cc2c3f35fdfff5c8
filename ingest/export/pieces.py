"""The pieces of exported files, in MongoDB: no disk has to be shared with anybody.

A piece is written once under a name of its own. Which pieces are a file, and in which
order, its job says: what a process that was killed had written beyond that is swept.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from pymongo.database import Database

from ingest.failpoints import reach
from ingest.mongo import Document, busy_when_away

PIECES: Final = "export_pieces"
PIECE_BYTES: Final = 4 * 1024 * 1024  # a document of MongoDB has at most 16 MB


class PieceGone(Exception):
    """A piece of a file is not there any more: the file was deleted."""


@dataclass(frozen=True)
class Piece:
    """Some bytes of a file."""

    name: str
    size: int


def keep(db: Database[Document], export: int, content: bytes) -> list[Piece]:
    """Write what a file goes on with."""
    cuts = range(0, len(content), PIECE_BYTES)
    kept = [content[start : start + PIECE_BYTES] for start in cuts]
    made = [Piece(uuid.uuid4().hex, len(each)) for each in kept]
    reach("before_export_piece")
    with busy_when_away():
        for piece, data in zip(made, kept, strict=True):
            written = {"_id": piece.name, "export": export, "data": data}
            db[PIECES].insert_one(written)
    reach("after_export_piece")
    return made


def read(db: Database[Document], name: str) -> bytes:
    with busy_when_away():
        found = db[PIECES].find_one({"_id": name})
    if found is None:
        raise PieceGone(name)
    return bytes(found["data"])


def sweep(db: Database[Document], export: int, known: Collection[str]) -> None:
    """Delete what no job knows of: it was written and never counted."""
    with busy_when_away():
        unknown = {"export": export, "_id": {"$nin": list(known)}}
        db[PIECES].delete_many(unknown)


def drop(db: Database[Document], exports: Iterable[int]) -> None:
    """Delete whole files."""
    with busy_when_away():
        db[PIECES].delete_many({"export": {"$in": list(exports)}})
