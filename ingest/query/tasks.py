"""Long searches as tasks: all that one needs, wherever it is run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from pymongo.database import Database

from ingest.mongo import Document
from ingest.query.budget import Allowance
from ingest.query.facets import Facets, counting
from ingest.query.filter import LogFilter
from ingest.query.progress import Progress, paced
from ingest.query.run import searching


@dataclass(frozen=True)
class Listing:
    """One page of a search; its last step has the page."""

    filter: LogFilter
    limit: int
    cursor: str | None
    allowance: Allowance
    every_s: float  # between two steps that are told

    def steps(self, db: Database[Document]) -> Iterator[Progress]:
        found = searching(db, self.filter, self.limit, self.cursor, self.allowance)
        return paced(found, self.every_s)


@dataclass(frozen=True)
class Counted:
    """Counts on their way; those that have `ended` are the last ones."""

    facets: Facets
    ended: bool
    cut: bool = False  # by the allowance: more would be known after a longer one


@dataclass(frozen=True)
class CountingUp:
    """The facets of a search, as they grow."""

    filter: LogFilter
    buckets: int
    allowance: Allowance
    every_s: float

    def steps(self, db: Database[Document]) -> Iterator[Counted]:
        due = time.monotonic() + self.every_s
        for counts in counting(db, self.filter, self.buckets, self.allowance):
            if counts.ended or time.monotonic() >= due:
                yield Counted(counts.facets(), counts.ended, counts.cut)
                due = time.monotonic() + self.every_s
