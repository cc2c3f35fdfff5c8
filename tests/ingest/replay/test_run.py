"""Replays on real Kafka and MongoDB: stored once, whoever is killed and when."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import Busy
from ingest.replay.claims import Order
from ingest.replay.run import Mending
from ingest.replay.wording import read_lines
from tests.ingest.replay.bench import (
    BROKEN,
    FIX,
    Bench,
    Killed,
    entry,
    now,
    refuse_poison,
)
from tests.ingest.worker import running_worker, stored, wait_for

pytestmark = pytest.mark.parts


@pytest.fixture
def bench(store: tuple[str, str, Any, Path]) -> Bench:
    brokers, topic, mongo, _ = store
    return Bench(brokers, topic, mongo)


def test_a_mended_letter_is_stored_and_says_where(store: Any, bench: Bench) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
        bench.process().replay([letter], FIX, now())
        bench.until_all_visible()

    (only,) = stored(bench.db)
    (kept,) = bench.letters()
    (place,) = kept["replay"]["places"]
    assert (only["message"], only["timestamp"]) == ("card declined", letter["received"])
    assert kept["state"] == "replayed"
    assert int.from_bytes(only["_id"][4:8]) == place["partition"]
    assert int.from_bytes(only["_id"][8:]) == place["offset"]
    assert only["received"] == place["received"]
    assert kept["replay"]["by"] == "user alice"


def test_one_that_was_replayed_is_not_sent_again(store: Any, bench: Bench) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
        bench.process().replay([letter], FIX, now())
        bench.process().replay([letter], FIX, now())
        bench.until_all_visible()

    assert len(bench.sent) == 1
    assert len(stored(bench.db)) == 1


def test_of_two_at_once_one_gets_the_letter(store: Any, bench: Bench) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
    order = Order(letter, (entry("paid"),), b"k")

    both = [bench.claims().claim([order], 3, now()) for _ in range(2)]

    assert [len(claims) for claims in both] == [1, 0]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_who_is_killed_around_sending_is_followed_by_one_who_sends_the_same(
    store: Any, bench: Bench, moment: str
) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
        with pytest.raises(Killed):
            bench.process(killed=moment).replay([letter], FIX, now())
        bench.settle()
        bench.until_all_visible()

    assert [one["message"] for one in stored(bench.db)] == ["card declined"]
    assert bench.states().get("duplicate", 0) == (1 if moment == "after" else 0)
    assert bench.letters()[0]["state"] == "replayed"


def test_what_was_sent_hours_ago_is_found_and_not_sent_again(
    store: Any, bench: Bench
) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
        with pytest.raises(Killed):
            bench.process(killed="after").replay([letter], FIX, now())
        bench.until_all_visible()
    bench.make_it_long_ago()
    bench.end_blocks()
    with running_worker(*store):  # it has never heard of the request
        bench.settle()
        bench.until_all_visible()

    (only,) = stored(bench.db)
    kept = bench.letters()[0]
    assert kept["state"] == "replayed"
    assert [p["offset"] for p in kept["replay"]["places"]] == [
        int.from_bytes(only["_id"][8:])
    ]


def test_what_was_claimed_hours_ago_and_never_sent_is_sent(
    store: Any, bench: Bench
) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
        with pytest.raises(Killed):
            bench.process(killed="before").replay([letter], FIX, now())
        bench.make_it_long_ago()
        bench.settle()
        bench.until_all_visible()

    assert len(stored(bench.db)) == 1
    assert bench.letters()[0]["replay"]["claimed"] > now() - timedelta(minutes=5)


def test_what_was_sent_under_another_number_of_partitions_is_looked_up(
    store: Any, bench: Bench
) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
        with pytest.raises(Killed):
            bench.process(killed="after").replay([letter], FIX, now())
        changed = {"$set": {"replay.partitions": 2}}
        bench.db["dead_letters"].update_one({"_id": letter["_id"]}, changed)
        bench.settle()
        bench.until_all_visible()

    assert len(bench.sent) == 1
    assert len(stored(bench.db)) == 1


def test_nobody_says_it_was_not_sent_while_some_of_the_log_is_not_visible(
    store: Any, bench: Bench
) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
    with pytest.raises(Killed):
        bench.process(killed="after").replay([letter], FIX, now())
    bench.make_it_long_ago()

    with pytest.raises(Busy, match="is visible to offset"):
        bench.process().settle(now())
    assert len(bench.sent) == 1


def test_of_a_day_that_was_dropped_nothing_is_sent_again(
    store: Any, bench: Bench
) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
    with pytest.raises(Killed):
        bench.process(killed="after").replay([letter], FIX, now())
    bench.make_it_long_ago(timedelta(days=9))
    week = (now() - timedelta(days=7)).strftime("%Y%m%d")
    bench.db["days"].insert_one({"_id": week, "dropped": now()})
    bench.process().settle(now())

    assert len(bench.sent) == 1
    kept = bench.letters()[0]
    assert (kept["state"], kept["replay"]["places"]) == ("replayed", [])


def test_several_entries_of_one_letter_are_each_stored_once(
    store: Any, bench: Bench
) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead(b'[{"msg":"a"},{"msg":"b"}]')
        mending = Mending(read_lines(["parse array", "rename msg message"]))
        with pytest.raises(Killed):
            bench.process(killed="after").replay([letter], mending, now())
        bench.settle()
        bench.until_all_visible()

    assert sorted(one["message"] for one in stored(bench.db)) == ["a", "b"]
    assert len(bench.letters()[0]["replay"]["places"]) == 2


def test_what_would_fail_again_is_not_sent_unless_one_insists(
    store: Any, bench: Bench
) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
        ends = bench.process().replay([letter], Mending(), now())
        assert (ends["unchanged"], bench.letters()[0].get("state")) == (1, None)

        bench.process().replay([letter], Mending(insist=True), now())
        wait_for(lambda: len(bench.letters()) == 2)

    old, new = sorted(bench.letters(), key=lambda one: one["received"])
    assert (new["value"], new["attempts"], new["origin"]) == (BROKEN, 1, old["_id"])
    assert old["state"] == "replayed"


def test_what_mongodb_refuses_comes_back_until_it_came_too_often(
    store: Any, bench: Bench
) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead(BROKEN)
        bench.process().replay([letter], FIX, now())
        bench.until_all_visible()
        refuse_poison(bench.db)
        (letter,) = bench.make_dead(b'{"msg":"poison"}')
        for attempt in (1, 2, 3):
            lines = ["rename msg message", f"set metadata.n {attempt}"]
            rule = Mending(read_lines(lines))
            bench.process().replay([letter], rule, now())
            letter = bench.until_came_back(attempt)
            assert letter["code"] == "refused_by_store"
        ends = bench.process().replay([letter], FIX, now())
        assert ends["guarded"] == 1

        by_hand = Mending(by_hand=entry("no more"))
        bench.process().replay([letter], by_hand, now())
        wait_for(lambda: len(stored(bench.db)) == 2)

    assert {one["message"] for one in stored(bench.db)} == {"card declined", "no more"}


def test_of_two_copies_that_both_failed_one_is_replayed(
    store: Any, bench: Bench
) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
        with pytest.raises(Killed):
            bench.process(killed="after").replay([letter], Mending(insist=True), now())
        bench.settle()
        wait_for(lambda: len(bench.letters()) == 3)
        both = list(bench.db["dead_letters"].find({"attempts": 1}).sort("_id", 1))
        ends = bench.process().replay(both, FIX, now())
        bench.until_all_visible()

    assert ends["copy"] == 1
    assert len(stored(bench.db)) == 1


def test_what_kafka_will_never_take_is_open_again_and_says_so(
    store: Any, bench: Bench
) -> None:
    with running_worker(*store):
        (letter,) = bench.make_dead()
    order = Order(letter, (b"x" * 2_000_000,), b"k")
    (claim,) = bench.claims().claim([order], 3, now())

    ends = bench.process()._deliver([claim], 10**9, now())

    assert ends["refused"] == 1
    kept = bench.letters()[0]
    assert "state" not in kept
    assert "too large" in kept["refused"]["why"]
