"""What MongoDB holds of a minute: blocks, what edges acknowledged, and the ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, UpdateOne
from pymongo.database import Database

from ingest.fold.block import MINUTE_MS, parse_position, position, to_datetime
from ingest.ledger.balance import (
    MINUTE,
    Account,
    Balance,
    Block,
    Stretch,
    account,
    by_service,
    states_of,
)
from ingest.mongo import Document

LEDGER: Final = "ledger"
EDGE_MINUTES: Final = "edge_minutes"
KEPT: Final = timedelta(days=31)
EDGE_KEPT: Final = timedelta(days=2)  # their sums are in the ledger long before
_FIELDS: Final = {"first": 1, "last": 1, "flow": 1, "holes": 1}


def heads_of(db: Database[Document], topic_id: str) -> dict[int, Document]:
    return {
        head["partition"]: head for head in db["heads"].find({"topic_id": topic_id})
    }


def accounts(
    db: Database[Document],
    topic: str,
    minute: datetime,
    stretches: Iterable[Stretch],
    changed: bool,
) -> list[Account]:
    """What blocks say of a minute; `changed`: offsets may have begun again in it."""
    found = []
    for stretch in stretches:
        blocks = _blocks_of(db, topic, minute, stretch)
        found.append(account(minute, stretch, blocks))
        if changed:
            found += _of_earlier_lives(db, topic, minute, stretch)
    return found


def _blocks_of(
    db: Database[Document], topic: str, minute: datetime, stretch: Stretch
) -> list[Block]:
    """The blocks that hold a stretch, and the one before them."""
    if not stretch.known:
        return _by_incarnation(db, topic, minute, stretch)[stretch.incarnation]
    if not stretch.offsets:
        return []
    names = stretch.incarnation, stretch.partition
    lowest, first = position(*names, 0), position(*names, stretch.first)
    floor = db["blocks"].find_one(
        {"_id": {"$gte": lowest, "$lte": first}}, {"_id": 1}, sort=[("_id", DESCENDING)]
    )
    reach = {
        "$gte": floor["_id"] if floor else first,
        "$lt": position(*names, stretch.end),
    }
    return list(db["blocks"].find({"_id": reach}, _FIELDS).sort("_id", ASCENDING))


def _of_earlier_lives(
    db: Database[Document], topic: str, minute: datetime, stretch: Stretch
) -> list[Account]:
    """Kafka knows nothing of them any more: their blocks' word is taken."""
    found = []
    for incarnation, blocks in _by_incarnation(db, topic, minute, stretch).items():
        if incarnation != stretch.incarnation:
            first, end = blocks[0]["first"], blocks[-1]["last"] + 1
            earlier = Stretch(stretch.partition, incarnation, first, end, known=False)
            found.append(account(minute, earlier, blocks))
    return found


def _by_incarnation(
    db: Database[Document], topic: str, minute: datetime, stretch: Stretch
) -> dict[int, list[Block]]:
    wanted = {
        "topic": topic,
        "partition": stretch.partition,
        "max_received": {"$gte": minute},
        "min_received": {"$lt": minute + MINUTE},
    }
    found = defaultdict[int, list[Block]](list)
    for block in db["blocks"].find(wanted, _FIELDS):
        found[parse_position(block["_id"])[0]].append(block)
    for blocks in found.values():
        blocks.sort(key=lambda block: bytes(block["_id"]))
    return found


def acknowledged(db: Database[Document], minute: datetime) -> dict[str, int]:
    """By token, over all web processes; what they could not tell is missing."""
    return acknowledged_between(db, minute, minute + MINUTE)


def acknowledged_between(
    db: Database[Document], start: datetime, end: datetime
) -> dict[str, int]:
    """The same of all minutes that begin in this time."""
    found = Counter[str]()
    wanted = {"minute": {"$gte": start, "$lt": end}}
    for told in db[EDGE_MINUTES].find(wanted, {"tokens": 1}):
        found.update(told.get("tokens", {}))  # none where only arrivals were told
    return dict(found)


def write_edge_minutes(
    db: Database[Document], process: str, minutes: Mapping[int, Mapping[str, int]]
) -> None:
    """What one web process had acknowledged, by minute since 1970 and token."""
    told = {
        number: {"tokens": dict(tokens), "accepted": sum(tokens.values())}
        for number, tokens in minutes.items()
    }
    tell_of_edge_minutes(db, process, told)


def tell_of_edge_minutes(
    db: Database[Document], process: str, told: Mapping[int, Document]
) -> None:
    """Sets fields of a web process's minutes, since 1970; the others stay."""
    changes = []
    for number, fields in told.items():
        minute = to_datetime(number * MINUTE_MS)
        key = {"_id": f"{process}/{minute:%Y-%m-%dT%H:%M}"}
        change = {"$set": {"minute": minute, **fields}}
        changes.append(UpdateOne(key, change, upsert=True))
    if changes:
        db[EDGE_MINUTES].bulk_write(changes, ordered=False)


# -- the ledger itself --------------------------------------------------------------


def opened(balance: Balance, at: datetime) -> Document:
    """A minute that is over, but not yet all of it visible."""
    return {
        "_id": balance.minute,
        "at": at,
        "closed": False,
        "partitions": [asdict(one.stretch) for one in balance.accounts],
        "offsets": balance.offsets,
        "acknowledged": sum(balance.acknowledged.values()),
        "tokens": dict(balance.acknowledged),
    }


def closed(balance: Balance, at: datetime, last_look: bool) -> Document:
    """A minute of which all is visible."""
    tally = balance.tally
    return {
        **opened(balance, at),
        "closed": True,
        "final": last_look,
        "partitions": [
            {**asdict(one.stretch), "counted": one.counted} for one in balance.accounts
        ],
        "states": states_of(tally),
        "services": by_service(tally),
        "remainder": balance.remainder,
        "excess": balance.excess,
        "gaps": [list(gap) for gap in balance.gaps],
    }


def stretches_of(written: Mapping[str, Any]) -> list[Stretch]:
    """Those of the topic's present life; earlier ones are found in blocks again."""
    names = ("partition", "incarnation", "first", "end", "known")
    return [Stretch(**{n: one[n] for n in names}) for one in written["partitions"]]


def write(db: Database[Document], document: Document) -> None:
    wanted = {"_id": document["_id"]}
    db[LEDGER].update_one(wanted, {"$set": document}, upsert=True)


def newest(db: Database[Document]) -> Document | None:
    return db[LEDGER].find_one(sort=[("_id", DESCENDING)])


def between(
    db: Database[Document], start: datetime, end: datetime, limit: int = 0
) -> list[Document]:
    """Minutes, newest first."""
    wanted = {"_id": {"$gte": start, "$lt": end}}
    return list(db[LEDGER].find(wanted).sort("_id", DESCENDING).limit(limit))


def forget(db: Database[Document], now: datetime) -> None:
    db[LEDGER].delete_many({"_id": {"$lt": now - KEPT}})
    db[EDGE_MINUTES].delete_many({"minute": {"$lt": now - EDGE_KEPT}})
