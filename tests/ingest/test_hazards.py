"""Interleavings that once lost or doubled something, on real Kafka and MongoDB.

Their numbers are those of docs/write-path.md. Owners are driven by hand: each test
says exactly who does what before whom.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition

from ingest.days import drop_expired, stored_days
from ingest.errors import Busy, LoadAgain, OffsetsReused, Overtaken
from ingest.fold.block import BLOCK_VERSION, day_of, parse_position, position, to_ms
from ingest.generations import Generations
from ingest.kafka import topics
from ingest.kafka.admin import client
from ingest.rebuilding import outdated, rebuild
from ingest.store import Store
from stats.retention import retain
from tests.ingest.kafka.cutting import cut_log
from tests.ingest.owner import Owner, blocks_of, state_counts, visible_messages
from tests.ingest.worker import line, produce, running_worker, stored, visible, wait_for
from tests.parts import start_kafka

pytestmark = [pytest.mark.parts, pytest.mark.timeout(180)]

Owners = Any  # a function that makes one more owner


@pytest.fixture
def owners(kafka_brokers: str, topic: str, mongo: Any) -> Iterator[Owners]:
    made: list[Owner] = []

    def make() -> Owner:
        made.append(Owner(kafka_brokers, topic, mongo))
        return made[-1]

    yield make
    for owner in made:
        owner.close()


@pytest.fixture
def send(kafka_brokers: str, topic: str) -> Any:
    """Produce numbered lines to partition 0."""

    def lines(first: int, end: int, word: str = "card declined") -> None:
        values = [line(n, word) for n in range(first, end)]
        produce(kafka_brokers, topic, values)

    return lines


def told(first: int, end: int, word: str = "card declined") -> list[str]:
    return [f"{word} {n}" for n in range(first, end)]


def seen(mongo: Any) -> list[str]:
    """What is visible of all generations, whose ids come in no order."""
    return sorted(visible_messages(mongo))


def delete_until(brokers: str, topic: str, offset: int) -> None:
    """What retention does."""
    places = [TopicPartition(topic, 0, offset)]
    for future in client(brokers).delete_records(places).values():
        future.result(20)


def assert_each_offset_once(mongo: Any, end: int, start: int = 0) -> None:
    """Blocks of one generation follow each other without gap or overlap."""
    covered = []
    for block in blocks_of(mongo):
        covered += list(range(block["first"], block["last"] + 1))
    assert covered == list(range(start, end))


def test_hazard_01_a_block_that_kafka_has_forgotten_is_continued_not_rebuilt(
    kafka_brokers: str, topic: str, mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 300)
    owners().open().read().write()
    delete_until(kafka_brokers, topic, 300)
    send(300, 400)

    owners().open().read().write()

    assert visible_messages(mongo) == told(0, 400)
    assert len(blocks_of(mongo)) == 1


def test_hazard_02_a_topic_made_anew_under_a_live_worker_loses_nothing_of_either(
    kafka_brokers: str, topic: str, mongo: Any, send: Any, tmp_path: Path
) -> None:
    send(0, 100, "old")
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 100)
        recreate(kafka_brokers, topic)
        send(0, 300, "new")
        wait_for(lambda: visible(mongo) == 400)

    assert seen(mongo) == sorted(told(0, 100, "old") + told(0, 300, "new"))
    old = mongo["heads"].find_one({"topic": topic, "partition": 0, "replaced": True})
    assert old["last"] == 99


def test_hazard_02_a_shorter_topic_made_anew_is_read_from_its_start(
    kafka_brokers: str, topic: str, mongo: Any, send: Any, tmp_path: Path
) -> None:
    send(0, 100, "old")
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 100)
        recreate(kafka_brokers, topic)
        send(0, 30, "new")
        wait_for(lambda: visible(mongo) == 130)

    assert visible_messages(mongo).count("new 0") == 1


def test_hazard_02_what_was_read_of_the_old_topic_is_not_taken_for_the_new(
    kafka_brokers: str, topic: str, mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 10, "old")
    owner = owners().open().read()
    recreate(kafka_brokers, topic)
    send(0, 20, "new")

    with pytest.raises(LoadAgain):
        write_when_it_answers(owner)
    until_not_busy(owner.open)
    owner.read().write()

    assert visible_messages(mongo) == told(0, 20, "new")


def recreate(brokers: str, topic: str) -> None:
    topics.delete(brokers, topic)
    wait_for(partial(created, brokers, topic))


def created(brokers: str, topic: str) -> bool:
    try:
        topics.ensure_topic(brokers, topic, 3, 1, 2**30, 3_600_000)
    except Busy:
        return False
    return True


def until_not_busy(action: Any) -> None:
    def done() -> bool:
        try:
            action()
        except Busy:
            return False
        return True

    wait_for(done)


def write_when_it_answers(owner: Owner) -> None:
    writes = owner.fold.take_writes()
    until_not_busy(lambda: owner.write(writes))


# -- logs that were cut -------------------------------------------------------------


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Any]:
    """A broker whose log may be cut, and its folder."""
    folder = tmp_path / "cut"
    folder.mkdir()
    part, brokers = start_kafka(folder)
    topics.ensure_topic(brokers, "logs", 1, 1, 2**30, 3_600_000)
    yield part, brokers, folder
    part.stop()


def send_in_batches(brokers: str, first: int, end: int, word: str) -> None:
    """Ten messages a batch, so that a log can be cut between."""
    for start in range(first, end, 10):
        produce(brokers, "logs", [line(n, word) for n in range(start, start + 10)])


@pytest.mark.faults_long
@pytest.mark.faults
def test_hazard_03_a_log_that_was_cut_and_grew_again_keeps_old_and_new(
    own_kafka: Any, mongo: Any, tmp_path: Path
) -> None:
    part, brokers, folder = own_kafka
    send_in_batches(brokers, 0, 100, "old")
    with running_worker(brokers, "logs", mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 100)
    cut_log(part, folder, "logs", 60)
    send_in_batches(brokers, 60, 140, "new")

    with running_worker(brokers, "logs", mongo, tmp_path):
        wait_for(lambda: "new 139" in visible_messages(mongo))

    assert seen(mongo) == sorted(told(0, 100, "old") + told(60, 140, "new"))
    (switch,) = mongo["heads"].find_one({"partition": 0})["switches"]
    assert (switch["generation"], switch["offset"], switch["stored_last"]) == (
        1,
        60,
        99,
    )


@pytest.mark.faults
def test_hazard_03_a_log_that_was_cut_under_a_live_worker_is_noticed(
    own_kafka: Any, mongo: Any, tmp_path: Path
) -> None:
    part, brokers, folder = own_kafka
    send_in_batches(brokers, 0, 100, "old")
    with running_worker(brokers, "logs", mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 100)
        cut_log(part, folder, "logs", 60)
        send_in_batches(brokers, 60, 80, "new")
        wait_for(lambda: "new 79" in visible_messages(mongo))

    assert seen(mongo) == sorted(told(0, 100, "old") + told(60, 80, "new"))


@pytest.mark.faults_long
@pytest.mark.faults
def test_hazard_03_a_log_that_is_cut_twice_with_nothing_stored_between(
    own_kafka: Any, mongo: Any
) -> None:
    part, brokers, folder = own_kafka
    send_in_batches(brokers, 0, 20, "old")
    owner = Owner(brokers, "logs", mongo)
    until_not_busy(owner.open)
    owner.read().write()
    cut_log(part, folder, "logs", 10)
    until_not_busy(owner.open)
    cut_log(part, folder, "logs", 0)
    send_in_batches(brokers, 0, 20, "new")

    until_not_busy(owner.open)
    owner.read().write()
    owner.close()

    assert seen(mongo) == sorted(told(0, 20, "old") + told(0, 20, "new"))
    offsets = [s["offset"] for s in mongo["heads"].find_one({})["switches"]]
    assert offsets == [10, 0]


@pytest.mark.faults_long
@pytest.mark.faults
def test_hazard_03_a_log_that_was_cut_after_its_days_were_dropped(
    own_kafka: Any, mongo: Any
) -> None:
    part, brokers, folder = own_kafka
    send_in_batches(brokers, 0, 20, "old")
    owner = Owner(brokers, "logs", mongo)
    until_not_busy(owner.open)
    owner.read().write()
    mongo["blocks"].delete_many({})
    cut_log(part, folder, "logs", 10)
    send_in_batches(brokers, 10, 40, "new")

    until_not_busy(owner.open)
    owner.read().write()
    owner.close()

    assert set(told(10, 40, "new")) < set(visible_messages(mongo))


@pytest.mark.faults_long
@pytest.mark.faults
def test_hazard_09_another_message_at_a_stored_position_raises_the_generation(
    own_kafka: Any, mongo: Any
) -> None:
    part, brokers, folder = own_kafka
    send_in_batches(brokers, 0, 50, "old")
    owner = Owner(brokers, "logs", mongo)
    until_not_busy(owner.open)
    owner.read(20).write()
    insert_without_block(owner.read(50))
    cut_log(part, folder, "logs", 30)
    send_in_batches(brokers, 30, 60, "new")
    until_not_busy(owner.open)
    until_not_busy(owner.read)

    with pytest.raises(OffsetsReused) as reused:
        owner.write()
    until_not_busy(partial(owner.open, reused.value.position))
    owner.read().write()
    owner.close()

    assert seen(mongo) == sorted(told(0, 30, "old") + told(30, 60, "new"))
    assert len(stored(mongo)) == 60, "what nobody can see of the old ones is deleted"


def test_what_a_zombie_wrote_after_the_end_of_its_generation_is_swept_away(
    kafka_brokers: str, topic: str, mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 10, "old")
    zombie = owners().open().read(5).write().read()
    recreate(kafka_brokers, topic)
    send(0, 20, "new")
    owner = owners()
    until_not_busy(owner.open)
    owner.read().write()
    insert_without_block(zombie)

    retain(mongo, datetime.now(UTC), 7)

    assert len(stored(mongo)) == len(visible_messages(mongo)) == 25


def insert_without_block(owner: Owner) -> None:
    """As a worker that is killed before it writes its block."""
    writes = owner.fold.take_writes()
    for day, documents in writes.entries.items():
        owner.db["logs_" + day].insert_many(documents)


# -- owners that know nothing of each other -----------------------------------------


def test_hazard_08_a_zombie_cannot_write_behind_a_block_that_was_ended_early(
    kafka_brokers: str, topic: str, mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 900)
    zombie = owners().open().read(500).write().read(900)
    delete_until(kafka_brokers, topic, 700)

    owners().open().read().write()
    with pytest.raises(Overtaken):
        zombie.write()

    assert_each_offset_once(mongo, 900)
    assert state_counts(mongo) == {"stored": 700, "lost": 200}
    assert visible_messages(mongo) == told(0, 500) + told(700, 900)


def test_hazard_08_a_zombie_cannot_put_a_block_beside_a_lost_range(
    kafka_brokers: str, topic: str, mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 1_600)
    zombie = owners().open().read(1_024).write().read(1_500)
    delete_until(kafka_brokers, topic, 1_300)

    owners().open().read().write()
    with pytest.raises(Overtaken):
        zombie.write()

    assert_each_offset_once(mongo, 1_600)
    assert state_counts(mongo) == {"stored": 1_324, "lost": 276}


def test_hazard_08_a_zombie_that_fills_its_block_cannot_begin_the_next(
    kafka_brokers: str, topic: str, mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 1_600)
    zombie = owners().open().read(500).write().read(1_500)
    delete_until(kafka_brokers, topic, 700)

    owners().open().read().write()
    with pytest.raises(Overtaken):
        zombie.write()

    assert_each_offset_once(mongo, 1_600)


@pytest.mark.faults_long
@pytest.mark.faults
def test_hazard_08_a_zombie_of_an_ended_generation_is_refused(
    own_kafka: Any, mongo: Any
) -> None:
    part, brokers, folder = own_kafka
    send_in_batches(brokers, 0, 1_050, "old")
    zombie = Owner(brokers, "logs", mongo)
    until_not_busy(zombie.open)
    zombie.read(1_024).write().read(1_050)
    cut_log(part, folder, "logs", 500)
    send_in_batches(brokers, 500, 1_100, "new")
    owner = Owner(brokers, "logs", mongo)
    until_not_busy(owner.open)

    with pytest.raises(Overtaken):
        zombie.write()
    until_not_busy(owner.read)
    owner.write()
    for one in (owner, zombie):
        one.close()

    assert seen(mongo) == sorted(told(0, 1_024, "old") + told(500, 1_100, "new"))


def test_a_lost_range_is_one_block_with_its_exact_offsets(
    kafka_brokers: str, topic: str, mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 10)
    owners().open().read().write()
    send(10, 3_000)
    delete_until(kafka_brokers, topic, 2_900)

    owners().open().read().write()

    (lost,) = [block for block in blocks_of(mongo) if block["states"]["lost"]]
    assert (lost["first"], lost["last"], lost["done"]) == (10, 2_899, True)
    assert_each_offset_once(mongo, 3_000)


def test_a_lost_range_is_kept_although_the_partition_slept_for_weeks(
    kafka_brokers: str, topic: str, mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 10)
    owners().open().read().write()
    delete_until(kafka_brokers, topic, 10)
    send(10, 20)
    delete_until(kafka_brokers, topic, 20)
    in_three_weeks = datetime.now(UTC) + timedelta(weeks=3)

    owners().open(now=in_three_weeks)
    drop_expired(mongo, in_three_weeks, 7, drop_blocks)

    (lost,) = blocks_of(mongo)
    assert (lost["first"], lost["last"]) == (10, 19)


def drop_blocks(mongo: Any, day: str) -> None:
    mongo["blocks"].delete_many({"day": day})


# -- days ---------------------------------------------------------------------------


def in_nine_days() -> datetime:
    return datetime.now(UTC) + timedelta(days=9)


def test_hazard_07_an_idle_partition_goes_on_where_it_was_after_its_day_was_dropped(
    mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 50)
    owners().open().read().write()
    drop_expired(mongo, in_nine_days(), 7, drop_blocks)

    owner = owners().open()

    assert owner.fold.next == 50
    assert blocks_of(mongo) == []


def test_hazard_11_an_idle_owner_cannot_bring_a_dropped_day_back(
    mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 50)
    owner = owners().open().read().write()
    drop_expired(mongo, in_nine_days(), 7, drop_blocks)
    send(50, 60)

    with pytest.raises(LoadAgain):
        owner.read().write()

    assert blocks_of(mongo) == []
    assert stored_days(mongo) == []


def test_hazard_11_an_idle_owner_of_a_dropped_block_cannot_insert_it_again(
    mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 50)
    owner = owners().open().read().write()
    writes_of_nothing_new = owner.fold.take_writes()
    drop_blocks(mongo, day_of(to_ms(datetime.now(UTC))))

    with pytest.raises(Overtaken):
        owner.write(writes_of_nothing_new)

    assert blocks_of(mongo) == []


# -- dead letters, offsets without messages, clocks ---------------------------------


def test_hazard_14_a_dead_letter_stays_one_although_it_could_be_read_now(
    kafka_brokers: str, topic: str, mongo: Any, owners: Owners, send: Any
) -> None:
    produce(kafka_brokers, topic, [line(0), b"not json", line(2)])
    first = owners().open().read()
    letters = first.fold.take_writes()
    first.write(letters)
    mongo["blocks"].delete_many({})
    mongo["heads"].delete_many({})
    # The next release reads what this one could not.
    letter = mongo["dead_letters"].find_one()
    moved = letter["_id"][:8] + (2).to_bytes(8, "big")
    mongo["dead_letters"].insert_one({**letter, "offset": 2, "_id": moved})
    mongo["logs_" + day_of(to_ms(datetime.now(UTC)))].delete_many({"_id": moved})

    owners().open().read().write()

    assert visible_messages(mongo) == ["card declined 0"]
    assert state_counts(mongo) == {"stored": 1, "dead": 2}


def test_hazard_15_a_control_record_at_the_end_leaves_nothing_open(
    kafka_brokers: str, topic: str, mongo: Any, owners: Owners
) -> None:
    producer = Producer(
        {"bootstrap.servers": kafka_brokers, "transactional.id": f"of-{topic}"}
    )
    producer.init_transactions(20)
    producer.begin_transaction()
    for number in range(3):
        producer.produce(topic, line(number), partition=0)
    producer.commit_transaction(20)

    owner = owners().open().read().write()

    assert owner.fold.next == owner.span.end == 4
    assert state_counts(mongo) == {"stored": 3, "void": 1}


def test_hazard_15_a_group_that_was_reset_changes_nothing(
    kafka_brokers: str, topic: str, mongo: Any, send: Any, tmp_path: Path
) -> None:
    send(0, 50)
    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 50)
    client(kafka_brokers).delete_consumer_groups([f"store-{topic}"])
    send(50, 60)

    with running_worker(kafka_brokers, topic, mongo, tmp_path):
        wait_for(lambda: visible(mongo) == 60)

    assert visible_messages(mongo) == told(0, 60)


@pytest.mark.parametrize("stamp", [1, 4_102_444_800_000, 95_617_584_000_000])
def test_hazard_16_a_topic_of_senders_clocks_cannot_forge_a_day(
    kafka_brokers: str, topic: str, mongo: Any, owners: Owners, stamp: int
) -> None:
    topics.alter_settings(
        kafka_brokers, topic, {"message.timestamp.type": "CreateTime"}
    )
    topics.alter_settings(
        kafka_brokers, topic, {"message.timestamp.after.max.ms": str(2**63 - 1)}
    )
    producer = Producer({"bootstrap.servers": kafka_brokers})
    producer.produce(topic, line(0), partition=0, timestamp=stamp)
    assert producer.flush(20) == 0

    owners().open().read().write()
    again = owners().open()

    assert stored_days(mongo) == [day_of(to_ms(datetime.now(UTC)))]
    assert again.fold.next == 1


def test_hazard_16_unstamped_messages_are_known_again_after_a_restart(
    kafka_brokers: str, mongo: Any, topic: str, owners: Owners, send: Any
) -> None:
    topics.alter_settings(
        kafka_brokers, topic, {"message.timestamp.type": "CreateTime"}
    )
    send(0, 30)
    owners().open().read().write()
    send(30, 40)

    owners().open().read().write()

    assert visible_messages(mongo) == told(0, 40)
    assert mongo["heads"].find_one({"topic": topic, "partition": 0})["generation"] == 0


def test_a_new_topic_is_read_from_its_log_start_and_nothing_counts_as_lost(
    kafka_brokers: str, mongo: Any, topic: str, owners: Owners, send: Any
) -> None:
    send(0, 30)
    delete_until(kafka_brokers, topic, 20)

    owners().open().read().write()

    assert state_counts(mongo) == {"stored": 10}
    assert parse_position(blocks_of(mongo)[0]["_id"])[2] == 20


def test_hazard_12_a_stored_block_is_finished_although_it_did_not_grow(
    mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 6)
    owner = owners().open().read()
    (block,) = owner.fold.take_writes().blocks
    store = Store(mongo)
    store.write_blocks([block])

    store.write_blocks([{**block, "done": True}])

    (stored_block,) = blocks_of(mongo)
    assert (stored_block["last"], stored_block["done"]) == (5, True)


@pytest.mark.parametrize("step", ["_begin_next", "_delete_unseen"])
@pytest.mark.parametrize("stored_first", [6, 1_024])
def test_an_end_of_a_generation_that_was_cut_off_is_finished_by_the_next_owner(
    monkeypatch: pytest.MonkeyPatch,
    mongo: Any,
    owners: Owners,
    send: Any,
    step: str,
    stored_first: int,
) -> None:
    send(0, stored_first, "old")
    owner = owners().open().read().write()
    lane = owner.fold.lane
    with monkeypatch.context() as patched:
        patched.setattr(Generations, step, die)
        with pytest.raises(Died):
            owner.open(reused=position(lane.incarnation, 0, stored_first))
    send(stored_first, stored_first + 10, "new")

    owners().open().read().write()

    assert seen(mongo) == sorted(
        told(0, stored_first, "old") + told(stored_first, stored_first + 10, "new")
    )
    head = mongo["heads"].find_one({"partition": 0})
    assert (head["generation"], len(head["switches"])) == (1, 1)


class Died(Exception):  # noqa: N818 - what a killed process says
    pass


def die(*_: Any) -> None:
    raise Died


# Blocks of other releases -----------------------------------------------------------


def test_a_block_of_another_format_is_ended_and_not_continued(
    mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 20)
    owners().open().read().write()
    mongo["blocks"].update_many({}, {"$set": {"v": 99}})
    send(20, 30)

    owners().open().read().write()

    old, new = blocks_of(mongo)
    assert (old["v"], old["done"], old["last"]) == (99, True, 19)
    assert (new["v"], new["first"]) == (BLOCK_VERSION, 20)
    assert visible_messages(mongo) == told(0, 30)


def test_rebuilding_describes_a_block_of_another_format_anew(
    mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 1_100)
    owners().open().read().write()
    before = blocks_of(mongo)[0]
    gone = {"terms": 1, "counts": 1, "flow": 1, "spans": 1}
    mongo["blocks"].update_one(
        {"_id": before["_id"]}, {"$set": {"v": 99}, "$unset": gone}
    )
    assert outdated(mongo) == 1

    assert len(list(rebuild(mongo))) == 1

    assert blocks_of(mongo)[0] == before
    assert outdated(mongo) == 0


def test_a_head_of_an_earlier_release_is_gone_on_from(
    mongo: Any, owners: Owners, send: Any
) -> None:
    send(0, 20)
    owners().open().read().write()
    new = {"begun": 1, "record": 1, "switches": 1}
    mongo["heads"].update_many({}, {"$unset": new})
    mongo["blocks"].update_many({}, {"$unset": {"flow": 1}})
    send(20, 30)

    owners().open().read().write()

    assert visible_messages(mongo) == told(0, 30)
