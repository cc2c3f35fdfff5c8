"""Rollups on a real MongoDB: each entry counts once, whatever happens meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stats.retention import retain
from stats.rollup import roll_up
from stats.windows import HOUR, MINUTE, WIDTHS
from tests.stats.growing import (
    DAY,
    RECEIVED,
    GrowingLog,
    clear,
    counted,
    prepare,
    rolled,
)

pytestmark = pytest.mark.parts

# Minutes from RECEIVED: now, seconds ago, hours late, a clock ahead, the epoch of 1970.
TIMES = [0, 0.5, 0.99, 1, 4.99, 5, -1, -61, -600, 1500, -29_000_000]
SERVICES = ["api", "auth", "결제"]
LEVELS = ["INFO", "WARN", "ERROR", "FATAL"]


class Killed(Exception):
    """The process ended here."""


def killed_at(name: str) -> Any:
    def failpoint(reached: str) -> None:
        if reached == name:
            raise Killed

    return failpoint


def roll_up_and_die(db: Any, name: str) -> None:
    try:
        roll_up(db, killed_at(name))
    except Killed:
        return


def roll_up_at_once(db: Any) -> None:
    with ThreadPoolExecutor(3) as pool:
        for job in [pool.submit(roll_up, db) for _ in range(3)]:
            job.result()


entries = st.tuples(
    st.sampled_from(TIMES), st.sampled_from(SERVICES), st.sampled_from(LEVELS)
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 1), st.lists(entries, min_size=1)),
        st.tuples(st.sampled_from(["finish", "write_again"]), st.integers(0, 1)),
        st.sampled_from([("once",), ("at once",), ("windows",), ("blocks",)]),
    ),
    max_size=25,
)


def take(db: Any, logs: list[GrowingLog], step: Any) -> None:
    match step:
        case ("add", log, new):
            logs[log].add(*new)
        case ("finish", log):
            logs[log].finish()
        case ("write_again", log):
            logs[log].add()
        case ("once",):
            roll_up(db)
        case ("at once",):
            roll_up_at_once(db)
        case ("windows",):
            roll_up_and_die(db, "windows_added")
        case ("blocks",):
            roll_up_and_die(db, "blocks_marked")


@pytest.fixture(scope="module")
def database(mongo_url: str) -> Any:
    from ingest.mongo import connect

    db = connect(mongo_url.replace("/logsite", "/rollups"))
    prepare(db)
    yield db
    db.client.drop_database(db.name)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps=steps)
def test_whatever_happens_rollups_equal_a_group_over_the_entries(
    database: Any, steps: Any
) -> None:
    clear(database)
    logs = [GrowingLog(database, 0), GrowingLog(database, 1)]
    for step in steps:
        take(database, logs, step)

    roll_up(database)

    for width in WIDTHS:
        assert rolled(database, width) == counted(database, width)


@pytest.fixture
def log(mongo: Any) -> GrowingLog:
    prepare(mongo)
    return GrowingLog(mongo)


def total(mongo: Any) -> int:
    return sum(row["total"] for row in mongo[MINUTE.collection].find())


def test_it_counts_by_level_and_errors(mongo: Any, log: GrowingLog) -> None:
    log.add((0, "api", "INFO"), (0, "api", "ERROR"), (0, "api", "FATAL"))

    roll_up(mongo)

    (row,) = mongo[HOUR.collection].find({}, {"_id": 0})
    assert row == {
        "window": RECEIVED,
        "service": "api",
        "levels": {"INFO": 1, "ERROR": 1, "FATAL": 1},
        "total": 3,
        "errors": 2,
    }


def test_what_was_rolled_up_outlives_a_block_that_grows(
    mongo: Any, log: GrowingLog
) -> None:
    log.add((0, "api", "INFO"))
    roll_up(mongo)
    log.add((0, "api", "INFO"))

    (block,) = mongo["blocks"].find()

    assert (block["last"], block["rolled_last"]) == (1, 0)
    assert [n for *_, n in block["rolled"]] == [1]


def test_a_run_that_is_cut_off_leaves_nothing_half_counted(
    mongo: Any, log: GrowingLog
) -> None:
    log.add((0, "api", "INFO"))

    roll_up_and_die(mongo, "blocks_marked")

    assert total(mongo) == 0


def test_a_finished_block_is_looked_at_once_more_and_never_again(
    mongo: Any, log: GrowingLog
) -> None:
    log.add((0, "api", "INFO"))
    roll_up(mongo)
    log.finish()

    assert (roll_up(mongo), roll_up(mongo)) == (1, 0)
    (block,) = mongo["blocks"].find()
    assert block["rolled_whole"]
    assert "rolled" not in block


def test_it_says_up_to_when_it_has_counted_everything(
    mongo: Any, log: GrowingLog
) -> None:
    mongo["clock"].insert_one({"_id": "clock", "complete_to": RECEIVED})

    roll_up(mongo)

    assert mongo["clock"].find_one("rollups")["complete_to"] == RECEIVED


def test_a_slower_run_does_not_move_that_time_back(mongo: Any, log: GrowingLog) -> None:
    later = RECEIVED + timedelta(seconds=5)
    mongo["clock"].insert_one({"_id": "rollups", "complete_to": later})
    mongo["clock"].insert_one({"_id": "clock", "complete_to": RECEIVED})

    roll_up(mongo)

    assert mongo["clock"].find_one("rollups")["complete_to"] == later


def test_retention_rolls_a_day_up_for_the_last_time(
    mongo: Any, log: GrowingLog
) -> None:
    log.add((0, "api", "INFO"), (0, "api", "INFO")).finish()
    roll_up(mongo)
    log.add((0, "api", "INFO"))

    assert retain(mongo, RECEIVED + timedelta(days=8), 7) == [DAY]

    assert total(mongo) == 3
    assert mongo["blocks"].count_documents({}) == 0


def test_what_was_rolled_up_stays_when_the_day_is_dropped_again(
    mongo: Any, log: GrowingLog
) -> None:
    log.add((0, "api", "INFO"))

    for _ in range(2):
        retain(mongo, RECEIVED + timedelta(days=8), 7)

    assert total(mongo) == 1


def test_a_block_that_a_sleeping_writer_brings_back_does_not_count(
    mongo: Any, log: GrowingLog
) -> None:
    log.add((0, "api", "INFO"))
    (block,) = mongo["blocks"].find()
    retain(mongo, RECEIVED + timedelta(days=8), 7)
    mongo["blocks"].insert_one(block)

    roll_up(mongo)
    retain(mongo, RECEIVED + timedelta(days=8), 7)
    roll_up(mongo)

    assert total(mongo) == 1
    assert mongo["blocks"].count_documents({}) == 0


def test_retention_keeps_the_days_within_it(mongo: Any, log: GrowingLog) -> None:
    log.add((0, "api", "INFO"))

    assert retain(mongo, datetime(2026, 11, 29, 23, 59, tzinfo=UTC), 7) == []
    assert mongo["blocks"].count_documents({}) == 1
