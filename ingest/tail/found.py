"""An entry of the topic as a tail hands it on: where it is, and as JSON. Pure."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from ingest.entry import LogEntry
from ingest.fold.block import position, to_datetime
from ingest.query.moments import rfc3339


class Found(msgspec.Struct, gc=False):
    """An entry, and where it was found. There are very many of these."""

    partition: int
    offset: int
    incarnation: int  # these two say under which id it is stored:
    stored_at: int  # of an entry that was sent again, those of the first
    received: int  # append time in milliseconds
    size: int  # bytes of the message
    entry: LogEntry
    _json: msgspec.Raw | None = None

    @property
    def id(self) -> str:
        """As search has it, once it is stored."""
        return position(self.incarnation, self.partition, self.stored_at).hex()

    @property
    def json(self) -> msgspec.Raw:
        """In the shape that search answers; made once for all sockets."""
        if self._json is None:
            self._json = self._written()
        return self._json

    def _written(self) -> msgspec.Raw:
        entry = self.entry
        item = {
            "id": self.id,
            "timestamp": rfc3339(entry.timestamp),
            "received": _received(self.received),
            "level": entry.level,
            "service": entry.service,
            "message": entry.message,
            "metadata": entry.metadata,
        }
        return msgspec.Raw(msgspec.json.encode(item))


@lru_cache(maxsize=256)  # many come in the same millisecond
def _received(ms: int) -> str:
    return rfc3339(to_datetime(ms))
