"""The neighbours of an entry on a real MongoDB: in the order of writing, always."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from pymongo.database import Database

from ingest.entry import LogEntry
from ingest.errors import QueryError
from ingest.fold.block import State
from ingest.query.budget import Allowance
from ingest.query.context import Context, Neighbours, Side, company_of, context
from ingest.query.entries import entry
from ingest.query.page import Item, Partial
from ingest.query.scopes import Scope
from ingest.query.visible import pin
from tests.ingest.query.stored import StoredLog, entry_at

pytestmark = pytest.mark.parts

Db = Database[dict[str, Any]]


def texts(side: Side) -> list[str]:
    return [item.message for item in side.items]


def id_of(log: StoredLog, message: str) -> str:
    return next(key for key, one in log.visible.items() if one.message == message)


def around(db: Db, log: StoredLog, message: str, **asked: Any) -> Context:
    found = context(db, id_of(log, message), **asked)
    assert found
    return found


def test_neighbours_of_one_timestamp_are_in_the_order_of_writing(db: Db) -> None:
    log = StoredLog(db, block_offsets=16)
    log.add(*(entry_at(0, f"{number}", host="web-1") for number in range(200)))

    found = around(db, log, "100", before=60, after=70)

    assert texts(found.before) == [str(number) for number in range(40, 100)]
    assert found.entry.message == "100"
    assert texts(found.after) == [str(number) for number in range(101, 171)]
    assert (found.before.more, found.after.more) == (True, True)


def test_the_ends_of_a_log_are_ends(db: Db) -> None:
    log = StoredLog(db).add(*(entry_at(-number, f"{number}") for number in range(3)))

    found = around(db, log, "1")

    assert texts(found.before) == ["0"]
    assert texts(found.after) == ["2"]
    assert not found.before.more
    assert not found.after.more


def test_other_sources_and_holes_are_passed_over(db: Db) -> None:
    log = StoredLog(db)
    log.add(entry_at(0, "mine 1", host="web-1"), entry_at(0, "other", host="web-2"))
    log.add_hole(State.DUPLICATE)
    log.add(entry_at(0, "no host"), entry_at(0, "auth", service="auth", host="web-1"))
    log.add(entry_at(0, "mine 2", host="web-1"), entry_at(0, "pod", pod="web-1"))
    log.add(entry_at(0, "not web-1", instance="a", host="web-1"))

    found = around(db, log, "mine 2")

    # The key of a source says nothing about which field named it.
    assert texts(found.before) == ["mine 1"]
    assert texts(found.after) == ["pod"]


def test_what_names_no_instance_is_of_its_partition(db: Db) -> None:
    here, there = StoredLog(db, partition=0), StoredLog(db, partition=1)
    there.add(entry_at(0, "elsewhere"))
    here.add(entry_at(0, "1"), entry_at(0, "named", host="web-1"), entry_at(0, "2"))

    assert texts(around(db, here, "2").before) == ["1"]


@pytest.mark.parametrize(
    ("scope", "before"),
    [
        (Scope.INSTANCE, ["same host"]),
        (Scope.SERVICE, ["other host", "same host"]),
        (Scope.TRACE, ["same trace"]),
        (Scope.REQUEST, ["same request"]),
        (
            Scope.ALL,
            ["stranger", "same trace", "same request", "other host", "same host"],
        ),
    ],
)
def test_a_scope_says_whose_entries_are_neighbours(
    db: Db, scope: Scope, before: list[str]
) -> None:
    logs = [StoredLog(db, partition) for partition in (0, 1)]
    lines = [
        (0, entry_at(0, "stranger", service="auth")),
        (1, entry_at(0, "same trace", service="auth", trace={"id": "4bf92f35"})),
        (0, entry_at(0, "same request", service="pay", requestId="r-7")),
        (1, entry_at(0, "other host", host="web-2")),
        (0, entry_at(0, "same host", host="web-1")),
        (0, entry_at(0, "x", host="web-1", trace_id="4bf92f35", request_id="r-7")),
    ]
    for number, (partition, line) in enumerate(lines):
        logs[partition].received += timedelta(milliseconds=number)
        logs[partition].received = max(log.received for log in logs)
        logs[partition].add(line)

    found = around(db, logs[0], "x", scope=scope)

    assert texts(found.before) == before
    assert set(found.scopes) == set(Scope)


def test_a_scope_that_an_entry_does_not_have_is_refused(db: Db) -> None:
    log = StoredLog(db).add(entry_at(0, "x"))

    with pytest.raises(QueryError, match="no trace id"):
        around(db, log, "x", scope=Scope.TRACE)


def test_an_id_that_nothing_has_has_no_context(db: Db) -> None:
    log = StoredLog(db).add(entry_at(0, "seen"))

    assert context(db, log.insert_without_block(entry_at(0, "unseen"))) is None


def test_neighbours_are_found_in_the_life_of_the_topic_before(db: Db) -> None:
    StoredLog(db, incarnation=9).add(entry_at(0, "old", host="web-1"))
    log = StoredLog(db, incarnation=1)
    log.received += timedelta(seconds=1)
    log.add(entry_at(0, "new", host="web-1"))

    assert texts(around(db, log, "new").before) == ["old"]


def test_a_block_of_an_unknown_version_may_hold_neighbours(db: Db) -> None:
    log = StoredLog(db).add(*(entry_at(n, f"{n}", host="web-1") for n in range(12)))
    gone = dict.fromkeys(("terms", "spans", "services", "min_received"), 1)
    db["blocks"].update_one({"first": 4}, {"$set": {"v": 99}, "$unset": gone})

    assert texts(around(db, log, "9").before) == [str(n) for n in range(9)]


def test_a_search_that_takes_too_long_says_so(db: Db) -> None:
    log = StoredLog(db).add(*(entry_at(n, f"{n}") for n in range(40)))

    found = around(db, log, "20", before=30, allowance=Allowance(entries=8))

    assert texts(found.before) == [str(n) for n in range(12, 20)]
    assert found.before.more
    assert found.before.partial == Partial("examined")
    assert texts(found.after) == [str(n) for n in range(21, 28)]


def test_entries_that_retention_dropped_are_left_out_and_said(db: Db) -> None:
    log = StoredLog(db).add(entry_at(0, "old")).end_day().add(entry_at(1, "new"))
    db.drop_collection("logs_20261122")

    found = around(db, log, "new")

    assert texts(found.before) == []
    assert found.after.partial is None


# -- Against a plain look at everything ------------------------------------------------


class Written:
    """Random entries in several logs, and where each stands in the order of writing."""

    def __init__(self, db: Db, rng: Random) -> None:
        partitions = [(0, 1), (1, 1), (0, 7)]
        self.logs = [StoredLog(db, part, life, 5) for part, life in partitions]
        for _ in range(120):
            self._write(rng.choice(self.logs), rng)
        self.ids = [entry_id for log in self.logs for entry_id in log.visible]
        self.items = sorted(filter(None, (entry(db, one) for one in self.ids)), key=at)

    def _write(self, log: StoredLog, rng: Random) -> None:
        latest = max(one.received for one in self.logs)
        log.received = latest + timedelta(milliseconds=rng.choice([0, 0, 1, 500]))
        if rng.random() < 0.1:
            log.add_hole()
        log.add(self._random_entry(rng, str(len(log.visible))))

    def _random_entry(self, rng: Random, message: str) -> LogEntry:
        possible: dict[str, Any] = {
            "host": rng.choice(["a", "b", "", 7]),
            "pod": rng.choice(["a", "p"]),
            "trace_id": rng.choice(["t1", "t2"]),
            "traceId": rng.choice(["t1", "t3"]),
        }
        metadata = {key: value for key, value in possible.items() if rng.random() < 0.5}
        service = rng.choice(["api", "auth"])
        return entry_at(rng.choice([0, 0, 5]), message, service=service, **metadata)


def at(item: Item) -> tuple[Any, ...]:
    return item.received, bytes.fromhex(item.id)


def belong(scope: Scope, one: Item, other: Item) -> bool:
    if scope == Scope.ALL:
        return True
    if scope == Scope.TRACE:
        wanted = one.metadata.get("trace_id") or one.metadata.get("traceId")
        held = (other.metadata.get("trace_id"), other.metadata.get("traceId"))
        return wanted in held
    if scope == Scope.SERVICE:
        return one.service == other.service
    return source(one) == source(other)


def source(item: Item) -> tuple[str, str]:
    named = item.metadata.get("host") or item.metadata.get("pod")
    return item.service, str(named) if named else f"partition {item.id[8:16]}"


@pytest.mark.parametrize("seed", range(6))
def test_neighbours_are_those_of_a_plain_look_at_everything(db: Db, seed: int) -> None:
    rng = Random(seed)
    written = Written(db, rng)
    for one in rng.choices(written.items, k=12):
        for scope in set(Scope) - {Scope.REQUEST}:
            if scope == Scope.TRACE and not {"trace_id", "traceId"} & set(one.metadata):
                continue
            found = context(db, one.id, 7, 4, scope)
            assert found
            company = [other for other in written.items if belong(scope, one, other)]
            place = company.index(one)
            assert found.before.items == company[max(0, place - 7) : place]
            assert found.after.items == company[place + 1 : place + 5]
            assert found.before.more == (place > 7)
            assert found.after.more == (len(company) > place + 5)


@pytest.mark.parametrize("scope", [Scope.INSTANCE, Scope.ALL])
def test_going_on_from_the_edge_misses_nothing_and_repeats_nothing(
    db: Db, scope: Scope
) -> None:
    written = Written(db, Random(3))
    one = written.items[60]
    reader = Neighbours(db, company_of(one, scope), pin(db))

    seen, edge = [one], one
    while (side := reader.before(edge, 4)).items:
        seen, edge = side.items + seen, side.items[0]
    edge = one
    while (side := reader.after(edge, 4)).items:
        seen, edge = seen + side.items, side.items[-1]

    assert seen == [other for other in written.items if belong(scope, one, other)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scope", [Scope.INSTANCE, Scope.SERVICE, Scope.ALL])
def test_reading_on_where_it_was_cut_misses_nothing_and_repeats_nothing(
    db: Db, scope: Scope, seed: int
) -> None:
    written = Written(db, Random(seed))
    one = written.items[60]
    company = [other for other in written.items if belong(scope, one, other)]
    place = company.index(one)
    reader = Neighbours(db, company_of(one, scope), pin(db), Allowance(entries=1))

    assert read_on(reader.before, one, -1) == company[:place]
    assert read_on(reader.after, one, 1) == company[place + 1 :]


def read_on(look: Callable[..., Side], place: Item, direction: int) -> list[Item]:
    """All of a side, a block at a time, in the order of writing."""
    seen: list[Item] = []
    side, cuts = look(place, 1_000), 0
    while True:
        seen = seen + side.items if direction > 0 else side.items + seen
        if side.partial is None:
            assert cuts
            return seen
        edge = (side.items or [place])[-1 if direction > 0 else 0]
        place, cuts = edge, cuts + 1
        side = look(place, 1_000, side.reached)
