"""What the blocks say of requests that were sent too long ago for the fold to know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.edge.recall import Recall, forgotten, missing
from ingest.edge.registry import SPOOLS, forget, register
from ingest.edge.spoolfile import Spooled
from ingest.errors import Busy
from ingest.fold.duplicates import BlockRequests

MINUTE_MS = 60_000
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)


def record(
    name: bytes = b"r", entries: int = 3, keyed: bool = False, age_ms: int = 0
) -> Spooled:
    lines = [(b"line", b"api/1", index) for index in range(entries)]
    return Spooled(NOW_MS - age_ms, keyed, name * 12, lines)


def test_a_first_attempt_within_the_hour_needs_no_question() -> None:
    assert forgotten([record()], NOW_MS - 54 * MINUTE_MS, NOW_MS) == []


def test_a_first_attempt_near_the_hour_needs_one() -> None:
    assert forgotten([record()], NOW_MS - 56 * MINUTE_MS, NOW_MS) == [record()]


def test_a_key_that_may_have_come_before_needs_one_soon() -> None:
    young = record(keyed=True, age_ms=4 * MINUTE_MS)
    old = record(keyed=True, age_ms=6 * MINUTE_MS)

    assert forgotten([young, old], NOW_MS, NOW_MS) == [old]


def test_only_what_is_not_stored_is_sent() -> None:
    known = BlockRequests()
    known.add(b"r" * 12 + bytes([0, 0, 0, 1]), 7)

    left = missing(record(), {b"r" * 12: known})

    assert [index for *_, index in left.entries] == [0, 2]


def block(
    mongo: Any, name: bytes, indexes: range, received: datetime, topic: str = "logs"
) -> None:
    requests = BlockRequests()
    for index in indexes:
        requests.add(name * 12 + index.to_bytes(4, "big"), 100 + index)
    mongo["blocks"].insert_one(
        {
            "topic": topic,
            "first": 100,
            "max_received": received,
            "requests": requests.packed(100),
        }
    )


def caught_up(mongo: Any, visible: int = 200, end: int = 200) -> None:
    partitions = [{"partition": 0, "visible": visible, "end": end}]
    clock = {"_id": "clock", "partitions": partitions}
    mongo["clock"].replace_one({"_id": "clock"}, clock, upsert=True)


@pytest.mark.parts
def test_it_finds_what_the_blocks_hold_of_a_request(mongo: Any) -> None:
    attempted_ms = NOW_MS - 90 * MINUTE_MS
    caught_up(mongo)
    block(mongo, b"r", range(2), NOW - timedelta(minutes=89))
    block(mongo, b"r", range(2, 3), NOW - timedelta(minutes=80))
    block(mongo, b"x", range(9), NOW - timedelta(minutes=80))
    block(mongo, b"s", range(9), NOW - timedelta(minutes=80), topic="another")

    asked = [record(b"r", 4), record(b"s", 1)]
    known = Recall(mongo, "logs").known(asked, attempted_ms)

    assert known.keys() == {b"r" * 12}
    assert [index for *_, index in missing(asked[0], known).entries] == [3]


@pytest.mark.parts
def test_it_waits_until_the_blocks_hold_what_kafka_held(mongo: Any) -> None:
    recall = Recall(mongo, "logs")
    caught_up(mongo, visible=150, end=200)
    with pytest.raises(Busy):
        recall.known([record()], NOW_MS)

    caught_up(mongo, visible=200, end=900)  # what came since does not matter

    assert recall.known([record()], NOW_MS) == {}


@pytest.mark.parts
def test_it_tells_and_takes_back_what_waits(mongo: Any) -> None:
    register(mongo, "web-1", NOW_MS)
    waiting = list(mongo[SPOOLS].find({}, {"at": 0}))
    forgot = forget(mongo, "web-1")

    assert forgot
    assert waiting == [{"_id": "web-1", "oldest": NOW}]
    assert mongo[SPOOLS].count_documents({}) == 0
