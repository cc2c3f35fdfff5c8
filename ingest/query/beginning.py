"""What a search reads before it looks at entries: clock, pins, and blocks by words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pymongo.database import Database

from ingest.mongo import Document
from ingest.query.between import EVERYTHING
from ingest.query.freshness import complete_to, complete_to_of
from ingest.query.grammar import Query
from ingest.query.kept import CHOICE_FIELDS, Choice, asks_for_words, kept
from ingest.query.match import Matcher
from ingest.query.plan import Conditions, blocks_that_may_match
from ingest.query.visible import (
    MAX_TIME_MS,
    MOST_NEW,
    Block,
    Pinned,
    edges_of_last_time,
    pin,
    pinned_by,
    reaches,
    remember,
    visible_block,
)

_CLOCK: Final[Conditions] = {"$match": {"_id": "clock"}}


@dataclass(frozen=True)
class Beginning:
    """All that is visible ends at `pinned`, and holds what the clock promised."""

    complete_to: datetime | None
    pinned: Pinned
    chosen: list[Block] | None = None  # the only blocks that may match, if known


def begin(db: Database[Document], matcher: Matcher) -> Beginning:
    """In one command where this process has searched before."""
    return _at_once(db, matcher) or _one_by_one(db, matcher)


def _one_by_one(db: Database[Document], matcher: Matcher) -> Beginning:
    # The clock first: what it promises then lies within what is pinned.
    clock = complete_to(db)
    return Beginning(clock, pin(db, matcher.filter.between))


def _at_once(db: Database[Document], matcher: Matcher) -> Beginning | None:
    edges = edges_of_last_time(db["blocks"])
    if not edges or matcher.filter.between != EVERYTHING:
        return None
    if db.client.is_mongos:  # promises no order between clock and blocks
        return None
    choice = _choice(db, matcher, edges)
    begins = choice.begins if choice else edges
    wanted = list(reaches(begins))
    if choice:
        wanted += choice.known(blocks_that_may_match(matcher.filter, Query(), None))
    clock, blocks = _read(db, wanted, CHOICE_FIELDS if choice else {"last": 1})
    pinned = pinned_by(blocks, begins)
    if pinned is None:
        return None
    remember(db["blocks"], pinned)
    chosen = _chosen(db, blocks, choice, pinned) if choice else None
    return Beginning(clock, pinned, chosen)


def _choice(
    db: Database[Document], matcher: Matcher, edges: Sequence[bytes]
) -> Choice | None:
    tree = matcher.query.tree
    return kept(db["blocks"]).choice(edges, tree) if asks_for_words(tree) else None


def _read(
    db: Database[Document], wanted: list[Conditions], fields: dict[str, Any]
) -> tuple[datetime | None, list[Document]]:
    """The clock, and then the blocks, in their order."""
    blocks: list[Conditions] = [
        {"$match": {"$or": wanted}},
        {"$sort": {"_id": 1}},
        {"$limit": MOST_NEW},
        {"$project": fields},
    ]
    stages: list[Conditions] = [
        _CLOCK,
        {"$unionWith": {"coll": "blocks", "pipeline": blocks}},
    ]
    # All in one reply.
    how: Any = {"batchSize": MOST_NEW + 1, "maxTimeMS": MAX_TIME_MS}
    with db["clock"].aggregate(stages, **how) as found:
        documents = list(found)
    clock = complete_to_of(documents.pop(0)) if _begins_with_clock(documents) else None
    return clock, documents


def _begins_with_clock(documents: list[Document]) -> bool:
    return bool(documents) and documents[0]["_id"] == "clock"


def _chosen(
    db: Database[Document], blocks: list[Document], choice: Choice, pinned: Pinned
) -> list[Block] | None:
    """None if they have to be read again, now that the pins are known."""
    edges = set(pinned.edges)
    if not all(block["done"] or block["_id"] in edges for block in blocks):
        return None  # it was still growing then: something of it may be missing
    found = choice.checked(blocks)
    if found is None:
        kept(db["blocks"]).forget()
        return None
    kept(db["blocks"]).learn_from(blocks)
    kept(db["blocks"]).learn(db["blocks"], pinned.edges)
    return [block for one in found if (block := visible_block(one, pinned))]
