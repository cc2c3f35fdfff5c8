"""The watch process on real Kafka and MongoDB: the clock and retention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ingest.days import Days, drop_expired, stored_days
from ingest.errors import Busy
from ingest.fold.block import day_of
from ingest.kafka import topics
from ingest.kafka.watch.views import Confirmer
from ingest.watcher import Watcher, WatchSettings, utc_now
from tests.ingest.worker import line, produce, running_worker, stored, visible, wait_for

pytestmark = pytest.mark.parts


@pytest.fixture
def watcher(kafka_brokers: str, topic: str, mongo: Any, tmp_path: Path) -> Watcher:
    return new_watcher(kafka_brokers, topic, mongo, tmp_path)


def new_watcher(
    brokers: str,
    topic: str,
    mongo: Any,
    folder: Path,
    clock: Callable[[], datetime] = utc_now,
) -> Watcher:
    confirmer = Confirmer(brokers, topic)
    confirmer.ask()
    settings = WatchSettings(brokers, topic, "", folder / "run")
    return Watcher(settings, mongo, confirmer, clock)


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


def kinds(clock: Any) -> set[str]:
    return {reason["kind"] for reason in clock["reasons"]}


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


def test_a_topic_that_was_made_anew_holds_the_clock_until_a_worker_has_seen_it(
    kafka_brokers: str, topic: str, mongo: Any, watcher: Watcher, tmp_path: Path
) -> None:
    produce(kafka_brokers, topic, [line(n) for n in range(5)])
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 5)
    before = reading(mongo, watcher, 0)
    topics.delete(kafka_brokers, topic)
    topics.create(kafka_brokers, topics.Wanted(topic, 3, 1))

    wait_for(lambda: "replaced" in kinds(reading(mongo, watcher, 1)))
    held = reading(mongo, watcher, 1)
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: not reading(mongo, watcher, 2)["holds"])
    seen = reading(mongo, watcher, 3)

    assert held["complete_to"] == before["complete_to"]
    assert seen["complete_to"] == seen["at"]


def test_what_waits_in_a_spool_holds_the_clock(mongo: Any, watcher: Watcher) -> None:
    before = reading(mongo, watcher, 0)
    mongo["spools"].insert_one({"_id": "web-1", "oldest": before["at"]})
    held = reading(mongo, watcher, 1)
    mongo["spools"].delete_many({})
    drained = reading(mongo, watcher, 2)

    assert held["complete_to"] == before["complete_to"]
    assert "spool web-1" in held["holds"][0]
    assert drained["complete_to"] == drained["at"]


def test_a_stopped_partition_holds_the_clock_with_its_reason(
    kafka_brokers: str, topic: str, mongo: Any, watcher: Watcher, tmp_path: Path
) -> None:
    produce(kafka_brokers, topic, [line(0)])
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 1)
    stopped = {"reason": "too many dead letters", "since": None, "offset": 1}
    mongo["heads"].update_one({"partition": 0}, {"$set": {"stopped": stopped}})

    assert reading(mongo, watcher, 0)["holds"] == [
        "partition 0 was stopped at offset 1: too many dead letters"
    ]


def test_blocks_beyond_a_hole_do_not_count_as_visible(
    kafka_brokers: str, topic: str, mongo: Any, watcher: Watcher, tmp_path: Path
) -> None:
    produce(kafka_brokers, topic, [line(n) for n in range(2_100)])
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 2_100)
    mongo["blocks"].delete_one({"first": 1024})
    mongo["heads"].update_one({"partition": 0}, {"$set": {"last": 1023}})

    assert reading(mongo, watcher, 0)["partitions"][0]["visible"] == 1024


def test_a_clock_of_mongodb_that_is_ahead_does_not_count(
    kafka_brokers: str, topic: str, mongo: Any, tmp_path: Path
) -> None:
    def slow() -> datetime:
        return datetime.now(UTC) - timedelta(minutes=1)

    clock = reading(mongo, new_watcher(kafka_brokers, topic, mongo, tmp_path, slow), 0)

    assert clock["complete_to"] < datetime.now(UTC) - timedelta(seconds=50)
    assert "differ by 60 s" in clock["holds"][0]


def test_it_never_passes_what_is_hidden_while_workers_come_and_go(
    kafka_brokers: str, topic: str, mongo: Any, watcher: Watcher, tmp_path: Path
) -> None:
    random = Random(5)
    acknowledged: list[tuple[datetime, int, int]] = []  # when, partition, up to
    ends = Counter[int]()
    reading(mongo, watcher, 0)
    for step in range(1, 9):
        with ExitStack() as worker:
            for _ in range(random.randint(2, 5)):
                number, count = random.randrange(3), random.randint(1, 1_500)
                lines = [line(n) for n in range(count)]
                produce(kafka_brokers, topic, lines, partition=number)
                ends[number] += count
                acknowledged.append((datetime.now(UTC), number, ends[number]))
                if step % 2 and random.random() < 0.5:
                    worker.enter_context(
                        running_worker(
                            *(kafka_brokers, topic, mongo, tmp_path),
                            name=f"store-{random.randrange(10**6)}",
                        )
                    )
                clock = reading(mongo, watcher, step)
                frontier = {p["partition"]: p["visible"] for p in clock["partitions"]}
                for at, partition, end in acknowledged:
                    assert at >= clock["complete_to"] or frontier[partition] >= end
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: reading(mongo, watcher, 99)["holds"] == [])


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
