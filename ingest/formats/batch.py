"""The entries of one request, accepted or rejected: where every format ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from ingest.entry import MARKS, LogEntry
from ingest.errors import BadEntry, TooLarge
from ingest.formats.mend import canonical, from_fields

MAX_ENTRIES: Final = 100_000  # in one request
MAX_COMMAS: Final = 20 * MAX_ENTRIES  # of JSON that is decoded in one go


@dataclass(frozen=True, slots=True)
class Rejected:
    """One entry that was not accepted: its place among all entries of the request."""

    index: int
    code: str
    error: str


@dataclass(slots=True)
class Batch:
    """The entries of one request: what is accepted, in order, and what is not."""

    entries: Sequence[LogEntry] = ()
    values: Sequence[bytes] = ()  # canonical JSON, one for each entry
    indexes: Sequence[int] = ()  # the place of each in the request
    rejected: list[Rejected] = field(default_factory=list)
    mended: int = 0  # of the entries, how many are marked


class Gathering:
    """A batch while its entries are read, one after the other, good or bad."""

    def __init__(self, default_service: str, now: datetime) -> None:
        self._default_service = default_service
        self._now = now
        self._entries: list[LogEntry] = []
        self._values: list[bytes] = []
        self._indexes: list[int] = []
        self._rejected: list[Rejected] = []
        self.count = 0  # entries so far: the index of the next one

    def add_json(self, value: bytes) -> None:
        """An entry as JSON, in the shape of POST /api/logs."""
        try:
            read = canonical(value, self._default_service, self._now, from_sender=True)
        except BadEntry as error:
            self.reject(error)
        else:
            self._keep(*read)

    def add(self, fields: dict[str, Any], mended: Iterable[str] = ()) -> None:
        """An entry's fields, as another format has them: see `mend.from_fields`."""
        try:
            read = from_fields(fields, self._default_service, self._now, mended)
        except BadEntry as error:
            self.reject(error)
        else:
            self._keep(*read)

    def reject(self, error: BadEntry) -> None:
        """An entry that cannot even be read as fields."""
        self._rejected.append(Rejected(self._next(), error.code, error.message))

    def batch(self) -> Batch:
        mended = sum(MARKS in entry.metadata for entry in self._entries)
        return Batch(self._entries, self._values, self._indexes, self._rejected, mended)

    def _keep(self, entry: LogEntry, value: bytes) -> None:
        self._indexes.append(self._next())
        self._entries.append(entry)
        self._values.append(value)

    def _next(self) -> int:
        check_count(self.count + 1)
        self.count += 1
        return self.count - 1


def check_count(entries: int) -> None:
    """Raises TooLarge for more entries than one request may have."""
    if entries > MAX_ENTRIES:
        message = f"More than {MAX_ENTRIES:,} entries in one request."
        raise TooLarge("too_many_entries", message, "Send them in several requests.")
