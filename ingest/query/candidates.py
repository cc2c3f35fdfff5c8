"""Which entries of a block match: asked for by what MongoDB knows, decided here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

from bson import decode
from pymongo.database import Database

from ingest.fold.block import to_ms
from ingest.mongo import Document
from ingest.query.entries import all_of_block, newest_of_block, raw_of_block
from ingest.query.match import Matcher
from ingest.query.narrow import in_fields, is_shown_by_message, literals
from ingest.query.plan import Conditions
from ingest.query.raw import documents_with, head_of
from ingest.query.visible import Block

Item = TypeVar("Item")
Brief = tuple[int, str, str]  # time in ms, level, service


@dataclass(frozen=True)
class Candidates:
    """Entries that may match, as documents or as BSON arrays: one of both."""

    documents: Iterator[Document] = iter(())
    batches: Iterator[bytes] = iter(())


class BlockReader:
    """Reads for one query."""

    def __init__(self, db: Database[Document], matcher: Matcher) -> None:
        self._db = db
        self._matcher = matcher
        self._literals = literals(matcher.query)
        self._in_fields = in_fields(matcher.query)
        self._by_message = is_shown_by_message(matcher.query.tree)

    def ask(
        self, block: Block, conditions: list[Conditions], newest: int = 0
    ) -> Candidates:
        """What MongoDB answers, when it has begun to.

        `newest`: where each entry matches, only so many are needed.
        """
        asked = (self._db, block, conditions)
        if newest and self._matcher.query.is_empty:
            return Candidates(documents=_begun(newest_of_block(*asked, newest)))
        if self._literals and block.ascii:
            asked = (self._db, block, [*conditions, *self._in_fields])
            return Candidates(batches=_begun(raw_of_block(*asked)))
        return Candidates(documents=_begun(all_of_block(*asked)))

    def matches(self, candidates: Candidates) -> Iterator[Document]:
        decoded = map(self._decode, self._raw(candidates))
        for document in chain(candidates.documents, decoded):
            if self._matcher.stored(document):
                yield document

    def brief(self, candidates: Candidates) -> Iterator[Brief]:
        """Of each match what is counted."""
        for document in candidates.documents:
            if self._matcher.stored(document):
                yield _brief(document)
        for raw in self._raw(candidates):
            yield from self._brief_of(raw)

    def _brief_of(self, raw: bytes) -> Iterator[Brief]:
        head = head_of(raw) if self._by_message else None
        if head and self._matcher.text(head.message, {}):
            yield head.time_ms, head.level, head.service
            return
        document = self._decode(raw)
        if self._matcher.stored(document):
            yield _brief(document)

    def _raw(self, candidates: Candidates) -> Iterator[bytes]:
        for batch in candidates.batches:
            yield from documents_with(batch, self._literals)

    def _decode(self, raw: bytes) -> Document:
        return decode(raw, self._db.codec_options)


def _begun(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, when the first is there."""
    return chain(list(islice(items, 1)), items)


def _brief(document: Document) -> Brief:
    return to_ms(document["timestamp"]), document["level"], document["service"]
