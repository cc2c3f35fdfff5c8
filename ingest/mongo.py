"""The one MongoDB client of a process, made at first use (so never before a fork)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

import pymongo
from bson.codec_options import CodecOptions
from pymongo.database import Database
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    CursorNotFound,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from ingest.errors import Busy

Document = dict[str, Any]
DEFAULT_NAME: Final = "logsite"
SERVER_SELECTION_MS: Final = 2_000
SOCKET_TIMEOUT_MS: Final = 30_000
NAMESPACE_EXISTS: Final = 48
MAJORITY: Final = WriteConcern(w="majority", wtimeout=20_000)
# Errors after which the same write may well succeed: the server is away, slow,
# stepping down, full or read-only. None of them says anything about the data.
AWAY: Final = (
    ConnectionFailure,
    CursorNotFound,
    ExecutionTimeout,
    WriteConcernError,
)
AWAY_CODES: Final = frozenset(
    {
        *(6, 7, 89, 202, 279, 317, 384, 9001),  # the network
        *(91, 95, 189, 10058, 10107, 11600, 11602, 13435, 13436),  # stepping down
        *(24, 46, 50, 112, 146, 175, 237, 246, 262, 290, 365, 11601),  # slow, in use
        *(64, 79, 100, 133, 134),  # no majority
        *(11, 13, 18, 31, 391),  # the account: revoked, not yet there again
        *(264, 371, 8000, 12501, 14031),  # full, read-only, over a quota
        *(63, 13388),  # shards move
        *(225, 251),  # a transaction that a failover ended
    }
)

_url = ""
_databases: dict[tuple[int, str], Database[Document]] = {}
_connecting: Final = Lock()  # two threads at once would leave a client open


def configure(url: str) -> None:
    """Say where MongoDB is; nothing is opened yet."""
    global _url
    _url = url


def database() -> Database[Document]:
    """The configured database, over one client per process."""
    return connect(_url)


def connect(url: str) -> Database[Document]:
    """The database that a URL names (default `logsite`); times are aware, in UTC."""
    key = (os.getpid(), url)
    with _connecting:
        if key not in _databases:
            _databases[key] = _open(url)
        return _databases[key]


def _open(url: str) -> Database[Document]:
    client: pymongo.MongoClient[Document] = pymongo.MongoClient(
        url,
        appname="logsite",
        serverSelectionTimeoutMS=SERVER_SELECTION_MS,
        socketTimeoutMS=SOCKET_TIMEOUT_MS,
        retryWrites=True,
    )
    name = urlsplit(url).path.lstrip("/") or DEFAULT_NAME
    return client.get_database(
        name,
        codec_options=CodecOptions(tz_aware=True),
        write_concern=MAJORITY,
        read_concern=ReadConcern("majority"),
    )


def is_away(error: Exception) -> bool:
    """Whether an error means that MongoDB is away, not that the data is wrong."""
    if isinstance(error, AWAY):
        return True
    if isinstance(error, BulkWriteError):
        codes = {each["code"] for each in error.details["writeErrors"]}
        return codes <= AWAY_CODES  # none at all: the majority did not confirm
    return isinstance(error, OperationFailure) and error.code in AWAY_CODES


@contextmanager
def busy_when_away() -> Iterator[None]:
    """Turn the driver's many words for "not now" into Busy."""
    try:
        yield
    except PyMongoError as error:
        if is_away(error):
            raise Busy(str(error)) from error
        raise
