"""The ledger of a real topic, kept from Kafka and from what a worker stored."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.ledger import stored
from ingest.ledger.balance import minute_of
from ingest.ledger.keeping import SKEW, Ledger
from tests.ingest.worker import line, produce, running_worker, visible, wait_for

pytestmark = pytest.mark.parts

SENDING_S = 15.0  # at most, on a busy machine


def wait_for_room_in_the_minute() -> None:
    """What is sent now shall be in one minute: the ledger counts by minute."""
    left = 60 - time.time() % 60
    if left < SENDING_S:
        time.sleep(left)


@pytest.fixture
def ledger(kafka_brokers: str, topic: str, mongo: Any) -> Ledger:
    return Ledger(kafka_brokers, topic, mongo)


@pytest.fixture
def appended(
    kafka_brokers: str, topic: str, mongo: Any, tmp_path: Path, ledger: Ledger
) -> datetime:
    """When 1,500 entries and a dead letter were appended, all of them stored by now."""
    wait_for_room_in_the_minute()
    produce(kafka_brokers, topic, [line(n) for n in range(1_500)])
    produce(kafka_brokers, topic, [line(0), b"\xff"], partition=2)
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 1_502)
    (newest,) = mongo["blocks"].find().sort("max_received", -1).limit(1)
    found: datetime = newest["max_received"]
    return found


def set_clock(mongo: Any, now: datetime, complete_to: datetime | None = None) -> None:
    clock = {"_id": "clock", "at": now, "complete_to": complete_to or now}
    mongo["clock"].replace_one({"_id": "clock"}, clock, upsert=True)


def after(moment: datetime, minutes: int = 2) -> datetime:
    return minute_of(moment) + timedelta(minutes=minutes) + SKEW


def sums(mongo: Any, name: str) -> int:
    return sum(minute[name] for minute in mongo["ledger"].find())


def test_every_offset_is_accounted_for(
    mongo: Any, ledger: Ledger, appended: datetime
) -> None:
    set_clock(mongo, after(appended))
    ledger.round()

    found = list(mongo["ledger"].find({"offsets": {"$gt": 0}}))
    assert all(minute["closed"] for minute in found)
    assert sum(minute["offsets"] for minute in found) == 1_502
    assert sum(minute["states"]["stored"] for minute in found) == 1_501
    assert sum(minute["states"]["dead"] for minute in found) == 1
    assert sum(minute["remainder"] for minute in found) == 0


def test_a_minute_that_is_not_visible_yet_stays_open(
    mongo: Any, ledger: Ledger, appended: datetime
) -> None:
    set_clock(mongo, after(appended), complete_to=minute_of(appended))
    ledger.round()

    found = mongo["ledger"].find_one({"_id": minute_of(appended)})
    assert not found["closed"]
    assert sums(mongo, "offsets") == 1_502


def test_a_block_that_vanished_is_an_alarm_until_it_is_back(
    mongo: Any, ledger: Ledger, appended: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    block = mongo["blocks"].find_one_and_delete({"first": 0, "last": 1023})
    set_clock(mongo, after(appended))
    with caplog.at_level(logging.ERROR):
        ledger.round()
        ledger.round()
    lacking = sums(mongo, "remainder")
    mongo["blocks"].insert_one(block)
    ledger.round()

    assert lacking == 1024
    told = [r for r in caplog.records if r.message == "ledger.minute.out"]
    assert len(told) == mongo["ledger"].count_documents({"offsets": {"$gte": 1_000}})
    assert sums(mongo, "remainder") == 0


def test_more_acknowledged_than_kafka_has_is_an_alarm(
    mongo: Any, ledger: Ledger, appended: datetime
) -> None:
    minute = minute_of(appended)
    told = {"_id": "web/1", "minute": minute, "tokens": {"7": 2_000}}
    mongo["edge_minutes"].insert_one(told)
    set_clock(mongo, after(appended))
    ledger.round()

    found = mongo["ledger"].find_one({"_id": minute})
    assert found["excess"] == 2_000 - found["offsets"]
    assert found["tokens"] == {"7": 2_000}


def test_the_last_look_is_after_an_hour(
    mongo: Any, ledger: Ledger, appended: datetime
) -> None:
    set_clock(mongo, after(appended))
    ledger.round()
    first_look = mongo["ledger"].find_one({"_id": minute_of(appended)})
    for _ in range(5):
        set_clock(mongo, after(appended, minutes=70))
        ledger.round()

    last_look = mongo["ledger"].find_one({"_id": minute_of(appended)})
    assert (first_look["final"], last_look["final"]) == (False, True)
    assert sums(mongo, "offsets") == 1_502


def test_old_minutes_are_forgotten(
    mongo: Any, ledger: Ledger, appended: datetime
) -> None:
    old = after(appended) - stored.KEPT - timedelta(days=1)
    mongo["ledger"].insert_one({"_id": old, "closed": True, "final": True})
    set_clock(mongo, after(appended))
    stored.forget(mongo, after(appended))

    assert mongo["ledger"].find_one({"_id": old}) is None
