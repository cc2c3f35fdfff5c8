"""Reads the matches of a search, one stretch after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from pymongo.database import Database

from ingest.mongo import Document
from ingest.query.ahead import ahead
from ingest.query.candidates import BlockReader, Brief, Candidates
from ingest.query.match import Matcher
from ingest.query.plan import entries_that_may_match
from ingest.query.visible import Pinned
from ingest.query.walk import Stretch, walk


@dataclass(frozen=True)
class Answer:
    """What MongoDB answers about a stretch. Expired if retention drops it meanwhile."""

    _reader: BlockReader
    _wait: Callable[[], Candidates]

    def matches(self) -> Iterator[Document]:
        """In the order of positions."""
        return self._reader.matches(self._wait())

    def brief(self) -> Iterator[Brief]:
        """Time in ms, level and service of each match, in any order."""
        return self._reader.brief(self._wait())


class Reader:
    """All that matches and is visible, newest stretch first."""

    def __init__(
        self, db: Database[Document], matcher: Matcher, pinned: Pinned
    ) -> None:
        self.db = db
        self.matcher = matcher
        self.pinned = pinned
        self._reader = BlockReader(db, matcher)
        self._wanted = entries_that_may_match(matcher.filter)

    def stretches(self) -> Iterator[Stretch]:
        asked, query = self.matcher.filter, self.matcher.query
        return walk(self.db["blocks"], asked, query, self.pinned, until=None)

    def matches(self, stretch: Stretch) -> Iterator[Document]:
        """In the order of positions. Expired if retention drops them meanwhile."""
        yield from self._reader.matches(self._ask(stretch))

    def answers(self) -> Iterator[tuple[Stretch, Answer]]:
        """Of all stretches. The next ones are asked for while one is looked at."""
        with closing(ahead(self._asked())) as answers:
            for stretch, wait in answers:
                yield stretch, Answer(self._reader, wait)

    def _asked(self) -> Iterator[tuple[Stretch, Callable[[], Candidates]]]:
        for stretch in self.stretches():
            yield stretch, partial(self._ask, stretch)

    def _ask(self, stretch: Stretch) -> Candidates:
        if stretch.block is None:
            return Candidates()
        return self._reader.ask(stretch.block, [stretch.times(), self._wanted])
