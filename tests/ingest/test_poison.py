"""Messages that the store worker can never store, on real Kafka and MongoDB."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.deadletter import dead_letter
from ingest.entries import Entries
from ingest.errors import BadEntry
from ingest.fold.block import incarnation
from ingest.fold.state import Lane, Message, Raw
from ingest.kafka.admin import topic_id
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


def refuse_poison(database: Any) -> None:
    """An operator's rule stands in for what MongoDB refuses by itself."""
    for name in database.list_collection_names(
        filter={"name": {"$regex": r"^logs_\d"}}
    ):
        rule = {"message": {"$not": {"$regex": "^poison"}}}
        database.command("collMod", name, validator=rule)


def states(database: Any, state: str) -> int:
    return sum(block["states"][state] for block in database["blocks"].find())


def test_an_entry_that_mongodb_refuses_costs_only_itself(store: Any) -> None:
    brokers, topic, mongo, _ = store
    with running_worker(*store):
        produce(brokers, topic, [line(0)])
        wait_for(lambda: visible(mongo) == 1)
        refuse_poison(mongo)
        values = [line(n) for n in range(1, 1000)]
        produce(brokers, topic, [*values[:612], line(7, "poison"), *values[612:]])
        produce(brokers, topic, [line(n) for n in range(50)], partition=1)
        wait_for(lambda: visible(mongo) == 1051)

    (letter,) = mongo["dead_letters"].find()
    assert (letter["offset"], letter["stage"]) == (613, "store")
    assert (letter["code"], letter["value"]) == (
        "refused_by_store",
        line(7, "poison"),
    )
    assert len(stored(mongo)) == 1050
    assert (states(mongo, "stored"), states(mongo, "dead")) == (1050, 1)


def test_it_is_in_the_topic_of_dead_letters_too(store: Any) -> None:
    brokers, topic, mongo, _ = store
    with running_worker(*store):
        produce(brokers, topic, [line(0)])
        wait_for(lambda: visible(mongo) == 1)
        refuse_poison(mongo)
        produce(brokers, topic, [line(1, "poison")])
        wait_for(lambda: visible(mongo) == 2)

    (letter,) = consume_all(brokers, f"{topic}.dlq", 1)
    assert letter.value() == line(1, "poison")
    assert dict(letter.headers())["logsite-stage"] == b"store"


def test_a_dead_letter_stays_one_though_the_message_could_be_read_now(
    store: Any,
) -> None:
    brokers, topic, mongo, _ = store
    produce(brokers, topic, [line(n) for n in range(10)])
    lane = Lane(topic, 0, incarnation(topic_id(brokers, topic)))
    bad = BadEntry("invalid_json", "an older release could not read it")
    message = Message(3, 0, 0, b"", None, bad, raw=Raw(None, line(3)))
    Entries(mongo).insert_dead([dead_letter(lane, message, bad, datetime.now(UTC))])

    with running_worker(*store):
        wait_for(lambda: visible(mongo) == 10)

    assert "card declined 3" not in {entry["message"] for entry in stored(mongo)}
    assert (states(mongo, "stored"), states(mongo, "dead")) == (9, 1)
