"""What can happen to the topic and its brokers: rows C8, C11 and C13 to C18."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from ingest.kafka import topics
from ingest.kafka.admin import client
from ingest.kafka.groups import set_offsets
from ingest.kafka.topics import ensure_topic
from tests.faults.cluster import BROKERS, Cluster
from tests.faults.flow import Pace
from tests.faults.oracle import days, entries
from tests.faults.rig import Rig, assert_kept, wait_for

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(240)]

ONCE = Pace(repeats=0)


def send(rig: Rig, pace: Pace, seed: str, more: int = 1_000) -> None:
    """So many entries more over HTTP, all acknowledged."""
    goal = len(rig.ledger.acked) + more
    with rig.flow(pace, seed):
        wait_for(lambda: len(rig.ledger.acked) >= goal)


def dead_letters(rig: Rig) -> list[dict[str, Any]]:
    return list(rig.database["dead_letters"].find().sort("_id", 1))


# -- poison ------------------------------------------------------------------------

POISON: list[bytes | None] = [
    b"no json at all",
    b'{"message":"cut of',
    b"",
    None,
    b"[1,2,3]",
    b'{"level":"INFO"}',
    b'{"message":"\xff\xfe"}',
    b"\x00\x01\x02\x00",
    b'{"message":' + b"[" * 200 + b"]" * 200 + b"}",
]


def test_c8_poison_goes_to_the_dead_letters_and_everything_else_is_stored(
    rig: Rig,
) -> None:
    rig.web()
    rig.store()
    with rig.flow():
        for number, value in enumerate(POISON):
            rig.produce([b'{"message":"before"}', value], partition=number % 3)
    rig.until_drained()

    letters = dead_letters(rig)
    assert sorted(letter["value"] for letter in letters) == sorted(
        value or b"" for value in POISON
    )
    for letter in letters:
        assert letter["code"]
        assert letter["message"]
        assert letter["topic"] == rig.topic
    assert sorted(on_dead_letter_topic(rig, len(POISON))) == sorted(
        value or b"" for value in POISON
    )
    assert_kept(rig)


POISONED = b'{"message":"poison"}'


def on_dead_letter_topic(rig: Rig, count: int) -> list[bytes]:
    reading = Consumer({"bootstrap.servers": rig.brokers, "group.id": "reading"})
    reading.assign([TopicPartition(f"{rig.topic}.dlq", 0, 0)])
    try:
        return [message.value() or b"" for message in reading.consume(count, 20)]
    finally:
        reading.close()


@pytest.mark.faults_long
def test_c9_one_entry_of_a_thousand_that_mongodb_refuses(rig: Rig) -> None:
    rig.web()
    rig.store()
    send(rig, ONCE, "before")
    rig.until_drained()
    for day in days(rig.database):
        rule = {"message": {"$ne": "poison"}}
        rig.database.command("collMod", day, validator=rule)
    good = b'{"message":"good"}'
    rig.produce([good] * 499 + [b'{"message":"poison"}'] + [good] * 500)
    rig.until_drained()

    assert [letter["value"] for letter in dead_letters(rig)] == [POISONED]
    assert on_dead_letter_topic(rig, 1) == [POISONED]
    found = Counter(entry["message"] for entry in entries(rig.database))
    assert (found["good"], found["poison"]) == (999, 0)
    assert_kept(rig)


@pytest.mark.faults_long
def test_c10_a_flood_of_poison_stops_its_partition_and_no_other(rig: Rig) -> None:
    rig.web()
    worker = rig.store()
    send(rig, ONCE, "before")
    rig.produce([b"a sender gone mad"] * 3_000)
    wait_for(lambda: stopped(rig) == [0])
    few = [b'{"message":"elsewhere"}'] * 100
    for partition in (1, 2):
        rig.produce(few, partition)
    wait_for(lambda: all(rig.reached(p) == rig.offsets()[p][1] for p in (1, 2)))

    assert len(dead_letters(rig)) <= 1_000
    assert worker.is_alive
    rig.manage("dead_letters", "allow", "--partition", "0", "--all")
    rig.until_drained()
    assert len(dead_letters(rig)) == 3_000
    assert_kept(rig)


def stopped(rig: Rig) -> list[int]:
    """The partitions that stand still."""
    heads = rig.database["heads"].find({"stopped": {"$exists": True, "$ne": None}})
    return [head["partition"] for head in heads]


@pytest.mark.faults_long
def test_c11_without_the_dead_letter_topic_nothing_goes_past_the_poison(
    rig: Rig,
) -> None:
    rig.web()
    worker = rig.store()
    send(rig, ONCE, "before")
    rig.until_drained()
    topics.delete(rig.brokers, f"{rig.topic}.dlq")
    rig.produce([b"poison"])
    poison = rig.offsets()[0][1] - 1
    send(rig, ONCE, "behind")
    wait_for(lambda: "store.busy" in worker.log.read_text())

    assert rig.reached(0) <= poison
    assert rig.committed()[0] <= poison
    assert worker.is_alive
    ensure_topic(rig.brokers, f"{rig.topic}.dlq", 1, 3, 2**30, 86_400_000)
    rig.until_drained()
    assert on_dead_letter_topic(rig, 1) == [b"poison"]
    assert_kept(rig)


# -- read again --------------------------------------------------------------------


@pytest.mark.faults_long
def test_c13_an_offset_reset_changes_nothing(rig: Rig) -> None:
    rig.web()
    worker = rig.store()
    send(rig, Pace(), "first")
    rig.until_drained()
    worker.kill()
    before = stored_blocks(rig)
    wait_for(lambda: is_group_empty(rig))
    reset = {(rig.topic, partition): 0 for partition in rig.offsets()}
    set_offsets(rig.brokers, rig.group, reset)

    rig.store()
    wait_for(lambda: sum(rig.committed().values()) == 0)
    send(rig, Pace(), "second")
    rig.until_drained()

    after = {block["_id"]: block for block in stored_blocks(rig)}
    assert all(after[b["_id"]] == b for b in before if b["done"])
    assert_kept(rig)


@pytest.mark.faults_long
def test_c13_a_replay_of_the_whole_topic_stores_the_same(rig: Rig) -> None:
    rig.web()
    worker = rig.store()
    send(rig, Pace(), "first", more=5_000)
    rig.until_drained()
    assert worker.stop() == 0
    before = stored_blocks(rig)
    rig.database["heads"].delete_many({})
    rig.database["blocks"].delete_many({})

    worker.start()
    rig.until_drained()

    assert same_but_open_ones(before, stored_blocks(rig))
    assert_kept(rig)


def stored_blocks(rig: Rig) -> list[dict[str, Any]]:
    """All that is a function of the log: when it was written is none."""
    return list(rig.database["blocks"].find({}, {"written": 0}).sort("_id", 1))


def same_but_open_ones(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> bool:
    return [b for b in before if b["done"]] == [b for b in after if b["done"]]


def is_group_empty(rig: Rig) -> bool:
    found = (
        client(rig.brokers).describe_consumer_groups([rig.group])[rig.group].result(10)
    )
    return not found.members


# -- the topic changes -------------------------------------------------------------


def test_c14_a_topic_that_is_deleted_and_made_again_under_a_live_worker(
    rig: Rig,
) -> None:
    rig.web()
    rig.store()
    send(rig, ONCE, "first life", more=3_000)
    rig.until_drained()
    topics.delete(rig.brokers, rig.topic)
    time.sleep(2)
    rig.create_topic()
    send(rig, ONCE, "second life", more=3_000)
    rig.until_drained()

    verdict = rig.verdict()
    assert not verdict.lost, str(verdict)
    assert not verdict.doubled, str(verdict)
    assert_kept(rig, at_least=6_000)


@pytest.mark.faults_long
def test_c14_a_topic_that_is_made_again_while_the_worker_is_away(rig: Rig) -> None:
    rig.web()
    worker = rig.store()
    send(rig, ONCE, "first life", more=3_000)
    rig.until_drained()
    worker.kill()
    topics.delete(rig.brokers, rig.topic)
    time.sleep(2)
    rig.create_topic()
    send(rig, ONCE, "second life", more=6_000)
    worker.start()
    rig.until_drained()

    assert_kept(rig, at_least=9_000)


def test_c15_what_retention_took_before_it_was_read_is_recorded_exactly(
    rig: Rig,
) -> None:
    rig.web()
    worker = rig.store()
    send(rig, ONCE, "stored")
    rig.until_drained()
    worker.kill()
    reached = {partition: rig.reached(partition) for partition in rig.offsets()}
    send(rig, ONCE, "lost", more=3_000)
    cuts = {p: (reached[p] + end) // 2 for p, (_, end) in rig.offsets().items()}
    cut(rig, cuts)

    worker.start()
    rig.until_drained()

    assert lost_ranges(rig) == {
        p: (reached[p], cuts[p] - 1) for p in cuts if cuts[p] > reached[p]
    }
    verdict = rig.verdict()
    assert len(verdict.lost) == sum(cuts[p] - reached[p] for p in cuts)
    assert not verdict.doubled
    assert not verdict.accounts, str(verdict)
    assert "store.offsets.lost" in worker.log.read_text()


def cut(rig: Rig, starts: dict[int, int]) -> None:
    """The log begins here from now on, as after the topic's retention."""
    places = [TopicPartition(rig.topic, p, offset) for p, offset in starts.items()]
    for future in client(rig.brokers).delete_records(places).values():
        future.result(10)


def lost_ranges(rig: Rig) -> dict[int, tuple[int, int]]:
    ranges: dict[int, tuple[int, int]] = {}
    for block in stored_blocks(rig):
        for state, first, last in block["holes"]:
            if state == "lost":
                begin, _ = ranges.get(block["partition"], (first, 0))
                ranges[block["partition"]] = (begin, last)
    return ranges


@pytest.mark.faults_long
def test_c16_new_partitions_are_read_from_their_beginning(rig: Rig) -> None:
    rig.web()
    rig.store()
    with rig.flow(ONCE):
        wait_for(lambda: rig.visible > 500)
        topics.add_partitions(rig.brokers, rig.topic, 6)
        wait_for(lambda: len(rig.offsets()) == 6)
        for partition in (3, 4, 5):
            rig.produce([b'{"message":"at once"}'] * 100, partition)
        wait_for(lambda: all(rig.reached(p) == 100 for p in (3, 4, 5)))

    rig.until_drained()
    assert_kept(rig)


# -- brokers come and go -----------------------------------------------------------


@pytest.mark.faults_long
def test_c17_a_rolling_restart_of_all_brokers(rig: Rig, cluster: Cluster) -> None:
    rig.web()
    rig.keep(rig.store())
    with rig.flow() as flow:
        for number in BROKERS:
            wait_for(lambda: flow.statuses[202] > 5)
            cluster.broker(number).end()
            cluster.heal()

    assert set(flow.statuses) <= {202, 503}
    rig.until_drained()
    assert_kept(rig)


@pytest.mark.faults_long
def test_c17_a_controller_that_dies_is_not_missed(rig: Rig, cluster: Cluster) -> None:
    rig.web()
    rig.store()
    with rig.flow() as flow:
        wait_for(lambda: rig.visible > 500)
        cluster.controller.stop()
        goal = rig.visible + 2_000
        wait_for(lambda: rig.visible > goal)
        cluster.heal()

    assert set(flow.statuses) == {202}
    rig.until_drained()
    assert_kept(rig)


@pytest.mark.faults_long
@pytest.mark.parametrize("number", BROKERS)
def test_c17_a_worker_starts_while_a_broker_is_away(
    number: int, rig: Rig, cluster: Cluster
) -> None:
    rig.web()
    send(rig, Pace(), "before")
    cluster.broker(number).stop()
    rig.store()
    rig.until_drained()

    assert_kept(rig)


@pytest.mark.faults_long
def test_c18_a_group_coordinator_that_dies(rig: Rig, cluster: Cluster) -> None:
    rig.web()
    rig.keep(rig.store())
    with rig.flow():
        wait_for(lambda: rig.visible > 500)
        cluster.broker(coordinator(rig)).stop()
        goal = rig.visible + 2_000
        wait_for(lambda: is_beyond(rig, goal))
        cluster.heal()

    rig.until_drained()
    wait_for(lambda: sum(rig.committed().values()) == rig.visible)
    assert_kept(rig)


def is_beyond(rig: Rig, goal: int) -> bool:
    # The next coordinator may take a worker for another of its name: then it ends.
    rig.supervise()
    return rig.visible > goal


def coordinator(rig: Rig) -> int:
    found = (
        client(rig.brokers).describe_consumer_groups([rig.group])[rig.group].result(10)
    )
    return int(found.coordinator.id)
