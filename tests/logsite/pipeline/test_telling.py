"""What the edge counts reaches MongoDB, also late, and is never doubled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from ingest import mongo as mongodb
from ingest.edge.tally import Tally
from ingest.fold.block import MINUTE_MS, to_datetime
from ingest.kafka.runs import Run
from ingest.ledger.stored import acknowledged
from logsite.pipeline.telling import EdgeTeller
from logsite.telling import new_process

pytestmark = pytest.mark.parts
MINUTE = to_datetime(10 * MINUTE_MS)
NOWHERE = "mongodb://127.0.0.1:1/logsite?serverSelectionTimeoutMS=50"


@pytest.fixture
def tally() -> Tally:
    tally = Tally()
    tally.add("1", [Run(0, 0, 5, 10 * MINUTE_MS)])
    return tally


@pytest.fixture
def url(mongo: Any, mongo_url: str) -> Iterator[str]:
    yield mongo_url.replace("/logsite?", f"/{mongo.name}?")
    mongodb.database().client.close()
    mongodb.configure(settings.MONGO_URL)


async def test_all_processes_are_added_up(url: str, mongo: Any, tally: Tally) -> None:
    mongodb.configure(url)
    other = Tally()
    other.add("1", [Run(1, 0, 2, 10 * MINUTE_MS)])
    await EdgeTeller(tally, new_process()).tell()
    await EdgeTeller(other, new_process()).tell()

    assert acknowledged(mongo, MINUTE) == {"1": 7}


async def test_a_minute_that_is_told_twice_counts_once(
    url: str, mongo: Any, tally: Tally
) -> None:
    mongodb.configure(url)
    teller = EdgeTeller(tally, new_process())
    await teller.tell()
    tally.add("1", [Run(0, 5, 1, 10 * MINUTE_MS)])
    await teller.tell()

    assert acknowledged(mongo, MINUTE) == {"1": 6}
    assert mongo["edge_minutes"].find_one()["accepted"] == 6


async def test_what_mongodb_did_not_hear_it_hears_later(
    url: str, mongo: Any, tally: Tally
) -> None:
    mongodb.configure(NOWHERE)
    teller = EdgeTeller(tally, new_process())
    await teller.tell()
    mongodb.database().client.close()
    mongodb.configure(url)
    await teller.tell()

    assert acknowledged(mongo, MINUTE) == {"1": 5}


async def test_what_came_is_told_beside_what_was_acknowledged(
    url: str, mongo: Any, tally: Tally
) -> None:
    tally.offered("1", 7, 2, MINUTE)
    tally.refused("", 401, "unknown_token", MINUTE)
    mongodb.configure(NOWHERE)
    teller = EdgeTeller(tally, new_process())
    await teller.tell()
    mongodb.database().client.close()
    mongodb.configure(url)
    await teller.tell()

    told = mongo["edge_minutes"].find_one()
    assert (told["tokens"], told["offered"], told["rejected"]) == (
        {"1": 5},
        {"1": 7},
        {"1": 2},
    )
    assert told["refused"] == [["", 401, "unknown_token", 1]]


async def test_the_last_ones_are_told_when_the_edge_has_stopped(
    url: str, mongo: Any, tally: Tally
) -> None:
    mongodb.configure(url)
    teller = EdgeTeller(tally, new_process())
    await teller.start()
    tally.add("1", [Run(0, 5, 1, 10 * MINUTE_MS)])
    await teller.stop()

    assert acknowledged(mongo, MINUTE) == {"1": 6}
