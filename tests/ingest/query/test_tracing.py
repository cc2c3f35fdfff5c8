"""Every fate that an acknowledged entry can have, on real Kafka and MongoDB."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pymongo
import pytest
from confluent_kafka import TopicPartition
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from ingest.days import drop_expired
from ingest.errors import Busy
from ingest.kafka import topics
from ingest.kafka.admin import client, topic_id
from ingest.kafka.producer import REQUEST_HEADER, EntryProducer, Message
from ingest.kafka.runs import Run
from ingest.query.fates import Fate, Told, Why
from ingest.query.tracing import Tracer, topic_name
from ingest.store import WRITTEN
from tests.ingest.worker import line, running_worker, visible, wait_for

pytestmark = [pytest.mark.parts, pytest.mark.timeout(180)]

Parts = tuple[str, str, Any, Path]  # brokers, topic, database, folder
REQUEST = b"r" * 12


def entries(
    first: int, end: int, request: bytes = b"", value: bytes | None = None
) -> list[Message]:
    """Lines of many sources; with a request they are its entries of these indexes."""
    return [
        (
            value or line(number),
            b"source-%d" % (number % 50),
            {REQUEST_HEADER: request + number.to_bytes(4, "big")} if request else None,
        )
        for number in range(first, end)
    ]


def send(parts: Parts, messages: list[Message]) -> list[Run]:
    """As the edge does; where the brokers say that they are."""

    async def sending() -> list[Run]:
        producer = EntryProducer(parts[0], parts[1])
        await producer.start()
        try:
            return await producer.send(messages)
        finally:
            await producer.stop()

    return asyncio.run(sending())


def life_of(parts: Parts) -> str:
    """The topic's id as the edge puts it into receipts."""
    return topic_name(base64.b64decode(f"{topic_id(*parts[:2])}=="))


def trace(parts: Parts, runs: list[Run], life: str | None = None) -> list[Told]:
    return Tracer(parts[2], parts[1]).trace(life or life_of(parts), runs)


def count(told: list[Told]) -> Counter[Fate]:
    found = Counter[Fate]()
    for one in told:
        found[one.fate] += one.run.count
    return found


def ids(told: list[Told], fate: Fate) -> list[bytes]:
    return [
        found
        for one in told
        if one.fate is fate
        for offset in range(one.run.first, one.run.last + 1)
        for found in [one.id_of(offset)]
        if found
    ]


def store_all(parts: Parts, offsets: int) -> None:
    with running_worker(*parts):
        wait_for(lambda: visible(parts[2]) == offsets)


def test_a_request_of_a_thousand_says_the_fate_of_each(store: Parts) -> None:
    first = send(store, entries(0, 1_000, REQUEST))
    fresh, poison = entries(2_000, 2_700), entries(0, 100, value=b"{no json")
    mixed = send(store, fresh + entries(300, 500, REQUEST) + poison)
    assert count(trace(store, mixed)) == {Fate.WAITING: 1_000}
    store_all(store, 2_000)

    told = trace(store, mixed)

    assert count(told) == {Fate.STORED: 700, Fate.DUPLICATE: 200, Fate.DEAD: 100}
    assert [one.run for one in told] == sorted(
        (one.run for one in told), key=lambda run: (run.partition, run.first)
    )
    days = store[2].list_collection_names(filter={"name": {"$regex": r"^logs_\d+$"}})
    (day,) = (store[2][name] for name in days)
    stored = {e["_id"]: e["message"] for e in day.find()}
    assert {stored[one] for one in ids(told, Fate.STORED)} == {
        f"card declined {n}" for n in range(2_000, 2_700)
    }
    repeated = {one.repeats for one in told if one.fate is Fate.DUPLICATE}
    assert repeated <= set(ids(trace(store, first), Fate.STORED))
    assert {stored[one] for one in repeated if one} == {
        f"card declined {n}" for n in range(300, 500)
    }
    letters = [one for one in told if one.fate is Fate.DEAD]
    assert {code_of(one) for one in letters} == {"invalid_json"}
    assert store[2]["dead_letters"].count_documents({}) == 100


def test_it_is_known_when_an_entry_became_visible(store: Parts) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    runs = send(store, entries(0, 10))
    store_all(store, 10)

    for one in trace(store, runs):
        at = one.visible_at(one.run.first)
        assert at
        assert before <= at <= datetime.now(UTC)


def test_when_an_entry_became_visible_is_forgotten_with_the_times_before(
    store: Parts,
) -> None:
    runs = send(store, entries(0, 10))
    store_all(store, 10)
    later = datetime.now(UTC)
    times = [[n, later] for n in range(10, 10 + WRITTEN)]
    store[2]["blocks"].update_many({}, {"$set": {"written": times}})

    assert {one.visible_at(one.run.first) for one in trace(store, runs)} == {None}


def test_what_retention_dropped_is_expired(store: Parts) -> None:
    runs = send(store, entries(0, 1_000))
    store_all(store, 1_000)
    drop_today(store[2])

    assert count(trace(store, runs)) == {Fate.EXPIRED: 1_000}


def test_what_comes_after_its_day_was_dropped_is_expired(store: Parts) -> None:
    drop_today(store[2])
    runs = send(store, entries(0, 10))
    store_all(store, 10)

    assert count(trace(store, runs)) == {Fate.EXPIRED: 10}


def test_what_kafka_deleted_before_it_was_read_is_lost(store: Parts) -> None:
    read = send(store, one_source(0, 5))
    store_all(store, 5)
    unread = send(store, one_source(5, 25))
    delete_before(store, unread[0].partition, 15)
    send(store, one_source(25, 26))
    store_all(store, 26)

    told = trace(store, unread)

    assert count(told) == {Fate.LOST: 10, Fate.STORED: 10}
    assert {one.why for one in told if one.fate is Fate.LOST} == {Why.DELETED}
    assert count(trace(store, read)) == {Fate.STORED: 5}


def test_the_offsets_of_a_topic_that_was_made_anew_are_not_mixed_up(
    store: Parts,
) -> None:
    old_life = life_of(store)
    old = send(store, one_source(0, 20))
    store_all(store, 20)
    unread = send(store, one_source(20, 30))
    make_anew(store)
    new = send(store, one_source(100, 115))
    store_all(store, 35)

    assert count(trace(store, old, old_life)) == {Fate.STORED: 20}
    assert count(trace(store, new)) == {Fate.STORED: 15}
    assert not set(ids(trace(store, old, old_life), Fate.STORED)) & set(
        ids(trace(store, new), Fate.STORED)
    )
    assert count(trace(store, unread, old_life)) == {Fate.WAITING: 10}
    send(store, one_source(115, 130))
    store_all(store, 50)
    gone = trace(store, unread, old_life)
    assert count(gone) == {Fate.LOST: 10}
    assert {one.why for one in gone} == {Why.TOPIC_REPLACED}


@pytest.mark.parametrize("named", ["the topic before", ""])
def test_an_edge_that_does_not_know_of_the_new_topic_yet_misleads_nobody(
    store: Parts, named: str
) -> None:
    old_life = life_of(store)
    send(store, one_source(0, 20))
    store_all(store, 20)
    make_anew(store)
    runs = send(store, one_source(100, 130))
    store_all(store, 50)

    tracer = Tracer(store[2], store[1])

    assert count(tracer.trace(old_life if named else "", runs)) == {Fate.STORED: 30}


def test_a_thousand_entries_need_few_questions(store: Parts) -> None:
    runs = send(store, entries(0, 1_000))
    store_all(store, 1_000)
    asked = Asked()
    host, port = next(iter(store[2].client.nodes))
    with pymongo.MongoClient[dict[str, Any]](
        host, port, tz_aware=True, directConnection=True, event_listeners=[asked]
    ) as client:
        told = Tracer(client[store[2].name], store[1]).trace(life_of(store), runs)

    assert count(told) == {Fate.STORED: 1_000}
    assert len({run.partition for run in runs}) == 3
    assert asked.commands <= 2 + 3 * 3  # heads and clock; floor, blocks, entries


class Asked(CommandListener):
    """How often MongoDB is asked."""

    def __init__(self) -> None:
        self.commands = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.commands += event.command_name in ("find", "getMore", "aggregate")

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...


def test_an_id_is_followed_as_a_receipt_is(store: Parts) -> None:
    send(store, entries(0, 100, REQUEST))
    runs = send(store, [*entries(7, 8, REQUEST), *entries(1, 2, value=b"{no json")])
    store_all(store, 102)
    told = {one.fate: one for one in trace(store, runs)}
    duplicate, dead = told[Fate.DUPLICATE], told[Fate.DEAD]

    tracer = Tracer(store[2], store[1])

    for known in (duplicate, dead):
        wanted = known.id_of(known.run.first)
        assert wanted
        found = tracer.trace_position(wanted)
        assert found
        assert (found.fate, found.repeats) == (known.fate, known.repeats)
    assert duplicate.repeats
    original = tracer.trace_position(duplicate.repeats)
    assert original
    assert original.fate is Fate.STORED
    assert tracer.trace_position(bytes(16)) is None


def one_source(first: int, end: int) -> list[Message]:
    return [(line(number), b"one", None) for number in range(first, end)]


def drop_today(db: Any) -> None:
    far_ahead = datetime.now(UTC) + timedelta(days=30)
    db["days"].update_one(
        {"_id": f"{datetime.now(UTC):%Y%m%d}"},
        {"$set": {"dropped": far_ahead}},
        upsert=True,
    )
    drop_expired(db, far_ahead, 7, drop_blocks)


def drop_blocks(db: Any, day: str) -> None:
    db["blocks"].delete_many({"day": day})


def delete_before(parts: Parts, partition: int, offset: int) -> None:
    place = TopicPartition(parts[1], partition, offset)
    for future in client(parts[0]).delete_records([place]).values():
        future.result(20)


def make_anew(parts: Parts) -> None:
    topics.delete(*parts[:2])
    wait_for(partial(was_made, *parts[:2]))


def was_made(brokers: str, topic: str) -> bool:
    try:
        topics.ensure_topic(brokers, topic, 3, 1, 2**30, 3_600_000)
    except Busy:
        return False
    return True


def code_of(told: Told) -> str:
    letter = told.extent.letter if told.extent else None
    return letter.code if letter else ""
