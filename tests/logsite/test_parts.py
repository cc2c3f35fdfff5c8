"""What the answers of parts mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ingest.kafka.admin import Cluster
from ingest.steps.heartbeat import Beat
from logsite.health import Answer, State
from logsite.parts import (
    judge_disk,
    judge_edge,
    judge_kafka,
    judge_mongodb,
    judge_rollups,
    judge_stopped,
    judge_store,
    judge_watch,
)

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def test_kafka_is_down_without_the_topic() -> None:
    answer = judge_kafka(Cluster((1,), {}))

    assert (answer.state, answer.reason) == (State.DOWN, "topic logs is missing")


def test_kafka_is_degraded_while_a_partition_has_no_leader() -> None:
    assert judge_kafka(Cluster((1, 2), {0: 1, 1: -1})).state is State.DEGRADED


def test_kafka_is_down_while_no_partition_has_a_leader() -> None:
    assert judge_kafka(Cluster((1,), {0: -1, 1: -1})).state is State.DOWN


def test_the_edge_is_down_while_it_refuses_requests() -> None:
    assert judge_edge(refuses=True, is_spooling=False).state is State.DOWN
    assert judge_edge(refuses=True, is_spooling=True).state is State.DOWN
    assert judge_edge(refuses=False, is_spooling=True).state is State.DEGRADED
    assert judge_edge(refuses=False, is_spooling=False).state is State.OK


def test_kafka_is_well_with_a_leader_for_each_partition() -> None:
    answer = judge_kafka(Cluster((1, 2, 3), {0: 1, 1: 2, 2: 3}))

    assert answer.state is State.OK
    assert answer.details == {"brokers": 3, "partitions": 3}


def test_mongodb_is_down_without_a_primary() -> None:
    assert judge_mongodb({"isWritablePrimary": False}).state is State.DOWN


def test_mongodb_is_down_while_it_is_read_only() -> None:
    answer = judge_mongodb({"isWritablePrimary": True, "readOnly": True})

    assert answer.state is State.DOWN


def test_disk_is_down_below_the_limit() -> None:
    answer = judge_disk(free_mb=900, wanted_mb=1024)

    assert answer.state is State.DOWN
    assert answer.reason == "only 900 MB free, MIN_FREE_DISK_MB is 1024"


def test_disk_is_well_at_the_limit() -> None:
    assert judge_disk(free_mb=1024, wanted_mb=1024).state is State.OK


def test_store_is_alive_by_a_fresh_heartbeat() -> None:
    answer = judge_store({"store-1": Beat(0.4)}, None, NOW)

    assert (answer.state, answer.details) == (State.OK, {"workers": 1})


def test_store_is_degraded_while_one_of_its_workers_is_silent() -> None:
    answer = judge_store({"store-1": Beat(0.4), "store-2": Beat(14.0)}, None, NOW)

    assert answer.state is State.DEGRADED
    assert answer.reason == "store-2 gave no heartbeat for 14 s"


def test_a_worker_that_was_silent_for_long_is_forgotten() -> None:
    answer = judge_store({"store-1": Beat(0.4), "store-2": Beat(4000.0)}, None, NOW)

    assert (answer.state, answer.details) == (State.OK, {"workers": 1})


def test_store_is_degraded_while_dead_letters_stop_a_partition() -> None:
    well = Answer(State.OK, details={"workers": 1})

    answer = judge_stopped(well, [2])

    assert answer.state is State.DEGRADED
    assert answer.reason == "too many dead letters stopped partitions [2]"
    assert judge_stopped(well, []) is well


def test_store_is_down_when_heartbeats_stopped() -> None:
    answer = judge_store({"store-1": Beat(45.0)}, {"complete_to": ago(40)}, NOW)

    assert answer.state is State.DOWN
    assert answer.reason == "store-1 gave no heartbeat for 45 s"


def test_store_on_other_machines_is_seen_by_the_data_clock() -> None:
    assert judge_store({}, {"complete_to": ago(1)}, NOW).state is State.OK


def test_store_is_down_when_nobody_ever_saw_it() -> None:
    assert judge_store({}, None, NOW).reason == "no store worker runs"


def test_store_is_down_as_soon_as_its_only_worker_has_ended() -> None:
    answer = judge_store({"store-1": Beat(0.4, gone=True)}, {"complete_to": NOW}, NOW)

    assert (answer.state, answer.reason) == (State.DOWN, "store-1 has ended")


def test_watch_is_down_when_it_stopped_reporting() -> None:
    answer = judge_watch({"at": ago(30), "complete_to": ago(30)}, NOW)

    assert answer.reason == "has not reported for 30 s"
    assert answer.state is State.DOWN


def test_watch_is_degraded_while_entries_are_late_and_says_why() -> None:
    clock = {"at": NOW, "complete_to": ago(90), "holds": ["partition 2 has no leader"]}

    answer = judge_watch(clock, NOW)

    assert answer.state is State.DEGRADED
    assert answer.reason == ("entries are visible 90 s late: partition 2 has no leader")


def test_watch_is_well_while_the_clock_is_recent() -> None:
    assert judge_watch({"at": NOW, "complete_to": ago(1)}, NOW).state is State.OK


def test_rollups_are_well_while_they_run() -> None:
    answer = judge_rollups({"complete_to": ago(2), "at": ago(1)}, NOW)

    assert answer.state is State.OK
    assert answer.details == {"complete_to": "2026-01-02T11:59:58.000Z"}


def test_rollups_that_stand_still_are_degraded() -> None:
    answer = judge_rollups({"complete_to": ago(90), "at": ago(90)}, NOW)

    assert answer.state is State.DEGRADED
    assert answer.reason == "nothing was counted for 90 s: celery and beat do it"


def test_rollups_that_never_ran_are_degraded() -> None:
    assert judge_rollups(None, NOW).state is State.DEGRADED
