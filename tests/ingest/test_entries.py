"""Inserting entries and dead letters into a real MongoDB."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pymongo
import pytest

from ingest.documents import ensure_collections
from ingest.entries import Entries
from ingest.errors import Busy, DayGone, EntriesRefused, OffsetsReused
from ingest.fold.block import position
from ingest.mongo import Document
from logsite.embedded import mongodb, ports
from tests.parts import FIRST_PORT, Part

pytestmark = pytest.mark.parts

DAY = "20260301"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
# Of each kind, what only MongoDB or its driver finds out.
POISON: dict[str, Any] = {
    "nested 190 deep, refused by itself": 190,
    "nested 250 deep, the command fails": 250,
    "nested 5,000 deep, the driver fails": 5_000,
    "a key with NUL": {"a\0b": 1},
    "an integer over 64 bits": 2**64,
    "half a surrogate": "\ud800",
    "a document over 16 MB": "x" * 17 * 1024**2,
    "a command over 48 MB": "x" * 50 * 1024**2,
}


@pytest.fixture
def entries(mongo: Any) -> Entries:
    ensure_collections(mongo)
    return Entries(mongo)


def document(offset: int, metadata: Any = None) -> Document:
    return {
        "_id": position(1, 0, offset),
        "timestamp": NOON,
        "received": NOON,
        "level": "INFO",
        "service": "payment-service",
        "message": f"order {offset} paid",
        "metadata": {
            "sent": nested(metadata) if isinstance(metadata, int) else metadata
        },
    }


def nested(depth: int) -> Any:
    if depth == 2**64:
        return depth
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"in": value}
    return value


def letter(offset: int, value: bytes = b"not json") -> Document:
    return {
        "_id": position(1, 0, offset),
        "topic": "logs",
        "partition": 0,
        "offset": offset,
        "received": NOON,
        "at": NOON,
        "stage": "decode",
        "code": "invalid_json",
        "message": "no JSON",
        "key": None,
        "value": value,
        "headers": [],
    }


def insert(entries: Entries, documents: list[Document]) -> int:
    return entries.insert({DAY: documents}, {DAY: [100] * len(documents)})


def refused_offsets(refused: EntriesRefused) -> list[int]:
    return [int.from_bytes(place[8:]) for place in refused.verdicts]


@pytest.mark.parametrize("kind", POISON)
def test_one_poisonous_entry_of_a_thousand_costs_only_itself(
    entries: Entries, mongo: Any, kind: str
) -> None:
    documents = [document(n) for n in range(1000)]
    documents[613] = document(613, POISON[kind])

    with pytest.raises(EntriesRefused) as raised:
        insert(entries, documents)

    assert refused_offsets(raised.value) == [613]
    stored = {int.from_bytes(d["_id"][8:]) for d in mongo[f"logs_{DAY}"].find()}
    assert stored == set(range(1000)) - {613}


def test_a_verdict_has_its_code_and_mongodbs_reason(entries: Entries) -> None:
    with pytest.raises(EntriesRefused) as raised:
        insert(entries, [document(0, 190)])

    (bad,) = raised.value.verdicts.values()
    assert (bad.code, "levels of nesting" in bad.message) == ("refused_by_store", True)


def test_poison_in_several_parts_and_days_is_named_at_once(
    entries: Entries, mongo: Any
) -> None:
    days = {day: [document(n) for n in range(4)] for day in ("20260301", "20260302")}
    days["20260301"][1] = document(1, POISON["a key with NUL"])
    days["20260302"][2] = document(2, 190)

    with pytest.raises(EntriesRefused) as raised:
        entries.insert(days, {day: [1024**2] * 4 for day in days})

    assert refused_offsets(raised.value) == [1, 2]
    assert mongo["logs_20260301"].count_documents({}) == 3
    assert mongo["logs_20260302"].count_documents({}) == 3


def test_what_an_operators_rule_refuses_is_refused_for_what_it_is(
    entries: Entries, mongo: Any
) -> None:
    insert(entries, [document(0)])
    mongo.command("collMod", f"logs_{DAY}", validator={"level": {"$ne": "DEBUG"}})

    with pytest.raises(EntriesRefused) as raised:
        insert(entries, [document(1), {**document(2), "level": "DEBUG"}])

    assert refused_offsets(raised.value) == [2]


def test_an_entry_that_another_unique_index_refuses_never_counts_as_stored(
    entries: Entries, mongo: Any
) -> None:
    insert(entries, [document(0)])
    mongo[f"logs_{DAY}"].create_index("message", unique=True)

    with pytest.raises(EntriesRefused) as raised:
        insert(entries, [{**document(1), "message": "order 0 paid"}])

    assert refused_offsets(raised.value) == [1]


def test_inserting_again_stores_nothing_twice_and_says_so(
    entries: Entries, mongo: Any
) -> None:
    insert(entries, [document(0), document(1)])

    assert insert(entries, [document(0), document(1), document(2)]) == 2
    assert mongo[f"logs_{DAY}"].count_documents({}) == 3


def test_another_message_at_a_stored_position_means_that_offsets_were_reused(
    entries: Entries,
) -> None:
    insert(entries, [document(0)])

    with pytest.raises(OffsetsReused):
        insert(entries, [{**document(0), "message": "another"}])


def test_a_day_that_was_dropped_meanwhile_is_gone(entries: Entries, mongo: Any) -> None:
    insert(entries, [document(0)])
    mongo["days"].insert_one({"_id": DAY, "dropped": NOON})
    mongo.drop_collection(f"logs_{DAY}")

    with pytest.raises(DayGone):
        insert(entries, [document(1)])

    assert f"logs_{DAY}" not in mongo.list_collection_names()


def test_the_first_dead_letter_of_a_position_stays(
    entries: Entries, mongo: Any
) -> None:
    entries.insert_dead([letter(0, b"first")])
    entries.insert_dead([letter(0, b"second"), letter(1)])

    values = [kept["value"] for kept in mongo["dead_letters"].find().sort("_id", 1)]
    assert values == [b"first", b"not json"]


def test_a_dead_letter_that_mongodb_refuses_waits_and_is_not_given_up(
    entries: Entries, mongo: Any
) -> None:
    mongo.command(
        "collMod", "dead_letters", validator={"code": {"$ne": "invalid_json"}}
    )

    with pytest.raises(Busy):
        entries.insert_dead([letter(0)])


# -- a MongoDB that can be told to fail ------------------------------------------------


@pytest.fixture(scope="module")
def failing_url(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("failing")
    port = ports.next_free(FIRST_PORT, ())
    plain = mongodb.prepare(port, folder, cache_gb=0.25)
    told = (*plain.command, "--setParameter", "enableTestCommands=1")
    part = Part(replace(plain, command=told), folder, lambda: mongodb.is_primary(port))
    yield mongodb.url(port)
    part.stop()


@pytest.fixture
def failing(failing_url: str) -> Any:
    with pymongo.MongoClient[Document](failing_url, tz_aware=True) as client:
        database = client["failing"]
        yield database
        fail(database, {}, "off")
        client.drop_database(database.name)


def fail(database: Any, how: dict[str, Any], mode: Any) -> None:
    data = {"failCommands": ["insert"], **how}
    database.client.admin.command(
        "configureFailPoint", "failCommand", mode=mode, data=data
    )


AWAY: dict[str, dict[str, Any]] = {
    "disk full": {"errorCode": 14031},
    "stepping down": {"errorCode": 189},
    "shutting down": {"errorCode": 91},
    "rights revoked": {"errorCode": 13},
    "no longer logged in": {"errorCode": 18},
    "writes blocked": {"errorCode": 371},
    "over its quota": {"errorCode": 8000},
    "too many open files": {"errorCode": 264},
    "cache full": {"errorCode": 365},
    "an error that nobody knows": {"errorCode": 987654},
    "the connection is cut": {"closeConnection": True},
    "no majority": {"writeConcernError": {"code": 64, "errmsg": "waited too long"}},
}


@pytest.mark.parametrize("why", AWAY)
def test_what_says_nothing_about_an_entry_is_busy_and_no_dead_letter(
    failing: Any, why: str
) -> None:
    entries = Entries(failing)
    insert(entries, [document(0)])
    fail(failing, AWAY[why], {"times": 1})

    with pytest.raises(Busy):
        insert(entries, [document(n) for n in range(1, 10)])
    insert(entries, [document(n) for n in range(1, 10)])

    assert failing[f"logs_{DAY}"].count_documents({}) == 10


@pytest.mark.parametrize("why", [why for why in AWAY if why != "no majority"])
def test_a_dead_letter_is_kept_when_mongodb_is_back(failing: Any, why: str) -> None:
    entries = Entries(failing)
    fail(failing, AWAY[why], {"times": 1})

    with pytest.raises(Busy):
        entries.insert_dead([letter(0)])
    entries.insert_dead([letter(0)])

    assert failing["dead_letters"].count_documents({}) == 1


def test_a_mongodb_that_is_slow_for_everything_is_busy(failing: Any) -> None:
    entries = Entries(failing, insert_ms=50)
    insert(entries, [document(0)])
    fail(failing, {"blockConnection": True, "blockTimeMS": 200}, "alwaysOn")

    with pytest.raises(Busy):
        insert(entries, [document(n) for n in range(1, 10)])

    fail(failing, {}, "off")
    assert insert(entries, [document(n) for n in range(1, 10)]) == 0


def test_a_mongodb_whose_writes_are_locked_is_busy(failing: Any) -> None:
    entries = Entries(failing, insert_ms=100)
    insert(entries, [document(0)])
    failing.client.admin.command("fsync", lock=True)
    try:
        with pytest.raises(Busy):
            insert(entries, [document(1)])
    finally:
        failing.client.admin.command("fsyncUnlock")

    insert(entries, [document(1)])
    assert failing[f"logs_{DAY}"].count_documents({}) == 2


def test_a_large_insert_that_takes_too_long_is_done_in_halves(failing: Any) -> None:
    entries = Entries(failing, insert_ms=50)
    insert(entries, [document(0)])
    fail(failing, {"blockConnection": True, "blockTimeMS": 200}, {"times": 1})

    insert(entries, [document(n) for n in range(1, 10)])

    assert failing[f"logs_{DAY}"].count_documents({}) == 10


class SlowFor:
    """A database whose inserts never end in time when one of these is among them."""

    def __init__(self, database: Any, poison: set[bytes]) -> None:
        self._database = database
        self._poison = poison
        self.client = database.client

    def __getitem__(self, name: str) -> Any:
        return self._database[name]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def command(self, name: str, *words: Any, **options: Any) -> Any:
        sent = options.get("documents", [])
        if self._poison & {document["_id"] for document in sent}:
            raise pymongo.errors.ExecutionTimeout("operation exceeded time limit", 50)
        return self._database.command(name, *words, **options)


def test_one_entry_that_takes_for_ever_is_refused_and_all_others_stored(
    mongo: Any,
) -> None:
    entries = Entries(SlowFor(mongo, {position(1, 0, 613)}))  # type: ignore[arg-type]

    with pytest.raises(EntriesRefused) as raised:
        insert(entries, [document(n) for n in range(1000)])

    assert refused_offsets(raised.value) == [613]
    assert mongo[f"logs_{DAY}"].count_documents({}) == 999


def test_looking_whether_mongodb_takes_others_leaves_nothing_behind(mongo: Any) -> None:
    entries = Entries(SlowFor(mongo, {position(1, 0, 0)}))  # type: ignore[arg-type]

    with pytest.raises(EntriesRefused):
        insert(entries, [document(0)])

    assert mongo[f"logs_{DAY}"].count_documents({}) == 0
