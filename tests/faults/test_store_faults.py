"""Killing what stores: nothing is lost and nothing is doubled.

Each test has a seed; LOGSITE_FAULT_SEED replays or varies it.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pymongo
import pytest

from tests.faults.processes import store_worker
from tests.ingest.worker import line, produce, stored, visible, wait_for
from tests.parts import Part, start_mongodb

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(300)]

SEED = int(os.environ.get("LOGSITE_FAULT_SEED", "20261122"))
PARTITIONS = 3
ENTRIES = 6_000  # per partition
TOTAL = PARTITIONS * ENTRIES


class Flow:
    """A producer that goes on whatever else happens."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._brokers = brokers
        self._topic = topic
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for start in range(0, ENTRIES, 500):
            for partition in range(PARTITIONS):
                lines = [
                    line(n, f"order {partition}") for n in range(start, start + 500)
                ]
                produce(self._brokers, self._topic, lines, partition=partition)
            time.sleep(0.3)

    def join(self) -> None:
        self._thread.join()


def has_stored(database: Any, share: float) -> bool:
    return visible(database) >= share * TOTAL


def assert_stored_exactly_once(database: Any) -> None:
    expected = {f"order {p} {n}" for p in range(PARTITIONS) for n in range(ENTRIES)}
    found = Counter(entry["message"] for entry in stored(database))
    assert set(found) == expected
    assert set(found.values()) == {1}
    assert_blocks_account_for_all(database)


def assert_blocks_account_for_all(database: Any) -> None:
    for partition in range(PARTITIONS):
        blocks = list(
            database["blocks"].find({"partition": partition}).sort("first", 1)
        )
        for before, after in zip(blocks, blocks[1:], strict=False):
            assert after["first"] == before["last"] + 1
        for block in blocks:
            states = sum(block["states"].values())
            assert states == block["last"] - block["first"] + 1
            assert sum(n for *_, n in block["counts"]) == block["states"]["stored"]


@pytest.fixture
def own_mongodb(tmp_path: Path) -> Iterator[tuple[Part, str, Any]]:
    """A MongoDB that this test may kill."""
    part, url = start_mongodb(tmp_path / "own")
    with pymongo.MongoClient[dict[str, Any]](url, tz_aware=True) as client:
        yield part, url, client["logsite"]
    part.stop()


def test_kill_9_of_the_store_worker_loses_and_doubles_nothing(
    kafka_brokers: str, topic: str, mongo: Any, mongo_url: str, tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    url = mongo_url.replace("/logsite?", f"/{mongo.name}?")
    flow = Flow(kafka_brokers, topic)
    with store_worker(kafka_brokers, topic, url, tmp_path) as worker:
        for share in sorted(dice.uniform(0.05, 0.9) for _ in range(5)):
            wait_for(partial(has_stored, mongo, share))
            time.sleep(dice.uniform(0, 0.2))
            worker.kill()
            worker.start()
        flow.join()
        wait_for(lambda: visible(mongo) == TOTAL)

    assert_stored_exactly_once(mongo)


def test_kill_9_of_mongodb_loses_and_doubles_nothing(
    kafka_brokers: str,
    topic: str,
    own_mongodb: tuple[Part, str, Any],
    tmp_path: Path,
) -> None:
    part, url, database = own_mongodb
    dice = random.Random(SEED)
    flow = Flow(kafka_brokers, topic)
    with store_worker(kafka_brokers, topic, url, tmp_path) as worker:
        for share in sorted(dice.uniform(0.05, 0.9) for _ in range(2)):
            wait_for(partial(has_stored, database, share))
            part.stop()
            time.sleep(dice.uniform(0.5, 3.0))
            part.start()
        flow.join()
        wait_for(lambda: visible(database) == TOTAL)
        assert worker.stop() == 0

    assert_stored_exactly_once(database)
    assert database["dead_letters"].count_documents({}) == 0


def test_two_workers_of_which_one_is_killed_store_everything_once(
    kafka_brokers: str, topic: str, mongo: Any, mongo_url: str, tmp_path: Path
) -> None:
    url = mongo_url.replace("/logsite?", f"/{mongo.name}?")
    dice = random.Random(SEED)
    flow = Flow(kafka_brokers, topic)
    with (
        store_worker(kafka_brokers, topic, url, tmp_path, "store-1"),
        store_worker(kafka_brokers, topic, url, tmp_path, "store-2") as second,
    ):
        wait_for(lambda: visible(mongo) >= dice.uniform(0.2, 0.6) * TOTAL)
        second.kill()
        flow.join()
        wait_for(lambda: visible(mongo) == TOTAL)

    assert_stored_exactly_once(mongo)


def test_a_worker_that_hung_and_comes_back_as_a_zombie_harms_nothing(
    kafka_brokers: str, topic: str, mongo: Any, mongo_url: str, tmp_path: Path
) -> None:
    url = mongo_url.replace("/logsite?", f"/{mongo.name}?")
    flow = Flow(kafka_brokers, topic)
    with (
        store_worker(kafka_brokers, topic, url, tmp_path, "store-1") as first,
        store_worker(kafka_brokers, topic, url, tmp_path, "store-2"),
    ):
        wait_for(partial(has_stored, mongo, 0.1))
        first.freeze()
        flow.join()
        # The group gives its partitions away once its session has ended.
        wait_for(partial(has_stored, mongo, 1))
        first.thaw()
        produce(kafka_brokers, topic, [b"one more after the zombie woke up"])
        wait_for(lambda: visible(mongo) == TOTAL + 1)

    assert mongo["dead_letters"].count_documents({}) == 1
    assert_stored_exactly_once(mongo)
