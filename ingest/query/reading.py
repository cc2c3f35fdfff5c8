"""Reads the matches of a search, one stretch after the other."""

from __future__ import annotations

from collections.abc import Iterator

from pymongo.database import Database

from ingest.mongo import Document
from ingest.query.entries import all_of_block
from ingest.query.match import Matcher
from ingest.query.narrow import literals
from ingest.query.plan import entries_that_may_match
from ingest.query.visible import Pinned
from ingest.query.walk import Stretch, walk


class Reader:
    """All that matches and is visible, newest stretch first."""

    def __init__(
        self, db: Database[Document], matcher: Matcher, pinned: Pinned
    ) -> None:
        self.db = db
        self.matcher = matcher
        self.pinned = pinned
        self._literal = literals(matcher.query)
        self._wanted = entries_that_may_match(matcher.filter)

    def stretches(self) -> Iterator[Stretch]:
        asked, query = self.matcher.filter, self.matcher.query
        return walk(self.db["blocks"], asked, query, self.pinned, until=None)

    def matches(self, stretch: Stretch) -> Iterator[Document]:
        """In the order of positions. Expired if retention drops them meanwhile."""
        if stretch.block is None:
            return
        within = {"timestamp": {"$gte": stretch.oldest, "$lte": stretch.newest}}
        asked = [within, self._wanted]
        for entry in all_of_block(self.db, stretch.block, asked, self._literal):
            if self.matcher.stored(entry):
                yield entry
