"""Store workers under load, and stuck: rows C4, C19 and C20."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path

import pytest

from ingest.steps.heartbeat import read_beats
from tests.faults.flow import Pace
from tests.faults.processes import Chore
from tests.faults.rig import SEED, Rig, assert_kept, wait_for

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(240)]

MAX_WORKER_MB = 400


@pytest.mark.faults_long
def test_c4_workers_that_come_and_go_while_inserts_are_slow(rig: Rig) -> None:
    dice = random.Random(SEED)
    slow = "before_insert:sleep 2"
    rig.web()
    rig.store(1, slow)
    others: list[Chore] = []
    with rig.flow(Pace(pause_s=0.1)):
        for number in range(2, 8):
            others.append(rig.store(number, slow))
            time.sleep(3)
            leaving = others.pop(dice.randrange(len(others)))
            if dice.random() < 0.5:
                leaving.kill()
            else:
                leaving.stop()

    rig.until_drained(120)
    assert_kept(rig, at_least=500)


@pytest.mark.faults_long
def test_c19_a_long_backlog_takes_no_more_memory(rig: Rig) -> None:
    text = "a line of usual length about an order that was paid " * 3
    line = f'{{"message":"{text}","level":"INFO","service":"api"}}'.encode()
    for partition in range(3):
        for _ in range(10):
            rig.produce([line] * 20_000, partition)

    worker = rig.store()
    rig.until_drained(180)

    assert worker.peak_rss_mb < MAX_WORKER_MB
    assert rig.visible == 600_000
    assert rig.verdict().is_good


@pytest.mark.faults_long
def test_c20_a_worker_that_is_stuck_shows_no_life_and_is_replaced(rig: Rig) -> None:
    rig.web()
    worker = rig.store(failpoint="after_fetch:sleep 120:3")
    with rig.flow():
        wait_for(lambda: rig.visible > 0)
        wait_for(partial(is_lifeless, rig.folder / "run"))
        worker.kill()  # as a liveness probe does
        worker.start()

    rig.until_drained()
    assert_kept(rig, at_least=100)


def is_lifeless(folder: Path) -> bool:
    beats = read_beats(folder, "store", time.time())
    return beats["store-1"].age_s > 10


@pytest.mark.faults_long
def test_c23_a_hot_partition_does_not_hold_the_others_up(rig: Rig) -> None:
    hot, cool = [f"hot {n}".encode() * 200 for n in range(20_000)], b"cool"
    for _ in range(5):
        rig.produce([b'{"message":"%s"}' % line for line in hot])
    rig.store()
    wait_for(lambda: rig.visible > 0)
    rig.produce([b'{"message":"%s"}' % cool], partition=1)

    wait_for(lambda: rig.database["blocks"].find_one({"partition": 1}) is not None)
    behind = len(hot) * 5 + 1 - rig.visible

    assert behind > len(hot), "the hot partition still had a long way to go"
    rig.until_drained(180)
    assert rig.verdict().is_good
