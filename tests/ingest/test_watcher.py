"""The watch process on real Kafka and MongoDB: the clock and retention."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.days import Days, drop_expired, stored_days
from ingest.errors import Busy
from ingest.fold.block import day_of
from ingest.watcher import Watcher, WatchSettings
from tests.ingest.worker import line, produce, running_worker, stored, visible, wait_for

pytestmark = pytest.mark.parts


@pytest.fixture
def watcher(kafka_brokers: str, topic: str, mongo: Any, tmp_path: Path) -> Watcher:
    settings = WatchSettings(kafka_brokers, topic, "", tmp_path / "run")
    return Watcher(settings, mongo)


def in_eight_days() -> datetime:
    return datetime.now(UTC) + timedelta(days=8)


def drop_blocks(mongo: Any, day: str) -> None:
    mongo["blocks"].delete_many({"day": day})


def reading(mongo: Any, watcher: Watcher, now: float) -> Any:
    def looked() -> bool:
        try:
            watcher.round(now)
        except Busy:  # a topic that was just made has no leader for a moment
            return False
        return True

    wait_for(looked)
    return mongo["clock"].find_one({"_id": "clock"})


def test_the_clock_runs_on_an_empty_topic(mongo: Any, watcher: Watcher) -> None:
    clock = reading(mongo, watcher, 0)

    assert clock["complete_to"] == clock["at"]
    assert clock["holds"] == []


def test_the_clock_waits_until_what_was_produced_is_visible(
    kafka_brokers: str, topic: str, mongo: Any, watcher: Watcher, tmp_path: Path
) -> None:
    before = reading(mongo, watcher, 0)
    produce(kafka_brokers, topic, [line(n) for n in range(5)])

    behind = reading(mongo, watcher, 1)
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 5)
    caught_up = reading(mongo, watcher, 2)

    assert behind["complete_to"] == before["complete_to"]
    assert behind["holds"] == ["partition 0 is 5 messages behind"]
    assert caught_up["complete_to"] == caught_up["at"]


def test_retention_drops_a_day_with_its_entries_and_blocks(
    kafka_brokers: str, topic: str, mongo: Any, tmp_path: Path
) -> None:
    produce(kafka_brokers, topic, [line(n) for n in range(5)])
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 5)

    dropped = drop_expired(mongo, in_eight_days(), 7, drop_blocks)

    assert len(dropped) == 1
    assert stored(mongo) == []
    assert mongo["blocks"].count_documents({}) == 0


def test_a_dropped_day_does_not_come_back(
    kafka_brokers: str, topic: str, mongo: Any, tmp_path: Path
) -> None:
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        produce(kafka_brokers, topic, [line(n) for n in range(5)])
        wait_for(lambda: visible(mongo) == 5)
        drop_expired(mongo, in_eight_days(), 7, drop_blocks)
        produce(kafka_brokers, topic, [line(n) for n in range(5, 8)])
        wait_for(lambda: visible(mongo) == 3)

    assert stored_days(mongo) == []
    (block,) = mongo["blocks"].find()
    assert (block["first"], block["states"]["expired"]) == (5, 3)


def test_the_view_shows_the_entries_of_all_days(mongo: Any) -> None:
    days = Days(mongo)
    today = day_of(int(datetime.now(UTC).timestamp() * 1000))
    for day in ("20260301", today):
        days.uuid(day)
        mongo[f"logs_{day}"].insert_one({"_id": day.encode(), "message": day})

    assert sorted(entry["message"] for entry in mongo["logs"].find()) == [
        "20260301",
        today,
    ]


def test_day_collections_are_clustered_and_compressed(mongo: Any) -> None:
    Days(mongo, classic_indexes=True).uuid("20260301")

    (info,) = mongo.list_collections(filter={"name": "logs_20260301"})
    engine = info["options"]["storageEngine"]["wiredTiger"]["configString"]
    assert info["options"]["clusteredIndex"]["key"] == {"_id": 1}
    assert "block_compressor=zstd" in engine
    names = set(mongo["logs_20260301"].index_information())
    assert {"timestamp_-1_service_1", "level_1_timestamp_-1"} <= names
