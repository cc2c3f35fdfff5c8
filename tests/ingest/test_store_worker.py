"""The store worker on real Kafka and MongoDB."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.fold import terms
from ingest.kafka.topics import alter_settings
from tests.ingest.worker import (
    consume_all,
    line,
    produce,
    running_worker,
    stored,
    visible,
    wait_for,
)

pytestmark = pytest.mark.parts


def test_it_stores_every_message_of_every_partition_once(store: Any) -> None:
    brokers, topic, mongo, _ = store
    for partition in range(3):
        values = [line(n) for n in range(1500)]
        produce(brokers, topic, values, partition=partition)

    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 4500)

    entries = stored(mongo)
    assert len(entries) == 4500
    assert {entry["message"] for entry in entries} == {
        f"card declined {n}" for n in range(1500)
    }


def test_it_describes_the_entries_in_blocks(store: Any) -> None:
    brokers, topic, mongo, _ = store
    produce(brokers, topic, [line(n) for n in range(1100)])

    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 1100)

    first, second = mongo["blocks"].find().sort("first", 1)
    assert (first["last"], first["done"], second["done"]) == (1023, True, False)
    assert first["services"] == ["payment-service"]
    assert sum(n for *_, n in first["counts"]) == 1024
    assert terms.may_hold(first["terms"], first["terms_bits"], b"declined")
    assert not terms.may_hold(first["terms"], first["terms_bits"], b"absent")


def test_it_goes_on_into_the_unfinished_block_after_a_restart(store: Any) -> None:
    brokers, topic, mongo, _ = store
    produce(brokers, topic, [line(n) for n in range(10)])
    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 10)
    produce(brokers, topic, [line(n) for n in range(10, 30)])
    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 30)

    (block,) = mongo["blocks"].find()
    assert (block["first"], block["last"], block["states"]["stored"]) == (0, 29, 30)
    assert sum(n for *_, n in block["counts"]) == 30
    assert terms.may_hold(block["terms"], block["terms_bits"], b"3")


def test_it_resumes_from_mongodb_whatever_kafka_says_was_committed(store: Any) -> None:
    brokers, topic, mongo, _ = store
    produce(brokers, topic, [line(n) for n in range(20)])
    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 20)
    mongo["blocks"].delete_many({})
    mongo["heads"].delete_many({})

    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 20)

    assert len(stored(mongo)) == 20


def test_it_keeps_what_it_cannot_store_as_dead_letters(store: Any) -> None:
    brokers, topic, mongo, _ = store
    poison = [b"\xff\xfe", b"not json", b'{"level":"INFO"}', b""]
    produce(brokers, topic, [line(1), *poison, line(2)])

    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 6)

    letters = list(mongo["dead_letters"].find().sort("offset", 1))
    assert [letter["code"] for letter in letters] == [
        "invalid_utf8",
        "invalid_json",
        "no_message",
        "invalid_json",
    ]
    assert [letter["value"] for letter in letters] == poison
    assert len(stored(mongo)) == 2


def test_dead_letters_are_in_their_topic_with_the_original_bytes(store: Any) -> None:
    brokers, topic, mongo, _ = store
    produce(brokers, topic, [b"not json"], headers=[[("origin", b"billing")]])

    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 1)

    (letter,) = consume_all(brokers, f"{topic}.dlq", 1)
    headers = dict(letter.headers() or [])
    assert letter.value() == b"not json"
    assert headers["origin"] == b"billing"
    assert headers["logsite-code"] == b"invalid_json"
    assert headers["logsite-offset"] == b"0"


def test_it_stores_what_others_produced_in_their_own_way(store: Any) -> None:
    brokers, topic, mongo, _ = store
    produce(brokers, topic, [b'{"message":"hello","level":"warning","user":"mina"}'])

    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 1)

    (entry,) = stored(mongo)
    assert (entry["level"], entry["service"]) == ("WARN", "unknown")
    assert entry["metadata"]["user"] == "mina"
    assert entry["timestamp"] == entry["received"]


def test_it_stores_a_keyed_entry_once_over_a_restart(store: Any) -> None:
    brokers, topic, mongo, _ = store
    headers = [[("request", b"r" * 12 + n.to_bytes(4, "big"))] for n in range(3)]
    values = [line(n) for n in range(3)]
    produce(brokers, topic, values, headers=headers)
    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 3)
    produce(brokers, topic, values, headers=headers)

    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 6)

    (block,) = mongo["blocks"].find()
    assert (block["states"]["stored"], block["states"]["duplicate"]) == (3, 3)
    assert len(stored(mongo)) == 3


def test_two_workers_share_the_partitions(store: Any) -> None:
    brokers, topic, mongo, folder = store
    for partition in range(3):
        produce(brokers, topic, [line(n) for n in range(50)], partition=partition)

    second = running_worker(brokers, topic, mongo, folder, name="store-2")
    with running_worker(*store), second:
        wait_for(lambda: visible(mongo) == 150)
        for partition in range(3):
            produce(brokers, topic, [line(n) for n in range(50)], partition=partition)
        wait_for(lambda: visible(mongo) == 300)

    assert len(stored(mongo)) == 300


def test_it_waits_and_says_why_while_its_topic_is_compacted(
    store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    brokers, topic, mongo, _ = store
    alter_settings(brokers, topic, {"cleanup.policy": "compact"})
    with running_worker(*store):
        wait_for(lambda: "compacted" in said_by(caplog))
        assert visible(mongo) == 0

        alter_settings(brokers, topic, {"cleanup.policy": "delete"})
        produce(brokers, topic, [line(0)])
        wait_for(lambda: visible(mongo) == 1)


def said_by(caplog: pytest.LogCaptureFixture) -> str:
    return " ".join(str(vars(record).get("why")) for record in caplog.records)
