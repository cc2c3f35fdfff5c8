"""Store workers killed, ended, frozen and replaced: rows C1 (at random) to C3."""

from __future__ import annotations

import random
import time

import pytest

from tests.faults.flow import Pace
from tests.faults.rig import SEED, Rig, assert_kept, wait_for

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(240)]

BUSY = Pace(senders=4, entries=100, pause_s=0.05)


def until_growing(rig: Rig, more: int = 500) -> None:
    goal = rig.visible + more
    wait_for(lambda: rig.visible >= goal)


@pytest.mark.faults_long
def test_c1_kill_9_at_random_moments(rig: Rig) -> None:
    dice = random.Random(SEED)
    rig.web()
    worker = rig.store()
    with rig.flow(BUSY):
        for _ in range(6):
            until_growing(rig)
            time.sleep(dice.uniform(0, 0.5))
            worker.kill()
            worker.start()

    rig.until_drained()
    assert_kept(rig, at_least=1_000)


@pytest.mark.faults_long
def test_c1_with_two_workers_of_which_one_never_comes_back(rig: Rig) -> None:
    rig.web()
    second = rig.store(2)
    with rig.flow(BUSY):
        rig.store(1)
        until_growing(rig)
        second.kill()

    rig.until_drained()
    assert_kept(rig, at_least=1_000)


@pytest.mark.faults_long
def test_c2_sigterm_stores_and_commits_what_was_read(rig: Rig) -> None:
    rig.web()
    worker = rig.store()
    with rig.flow(BUSY):
        until_growing(rig)
        assert worker.stop() == 0
        committed, visible = rig.committed(), rig.visible

    assert sum(committed.values()) == visible
    rig.store()
    rig.until_drained()
    assert_kept(rig, at_least=500)


def test_c3_a_worker_that_hung_and_comes_back_as_a_zombie(rig: Rig) -> None:
    rig.web()
    zombie = rig.store(1)
    rig.store(2)
    with rig.flow(Pace(pause_s=0.1)):
        until_growing(rig)
        zombie.freeze()
        frozen_at = rig.offsets()
        # The group gives its partitions away once its session has ended.
        wait_for(lambda: all(rig.reached(p) >= frozen_at[p][1] for p in frozen_at))
        zombie.thaw()
        until_growing(rig)

    rig.until_drained()
    assert zombie.is_alive
    assert_kept(rig, at_least=500)


@pytest.mark.faults_long
def test_c3_a_worker_whose_place_was_taken_ends(rig: Rig) -> None:
    rig.web()
    first = rig.store(1)
    with rig.flow(Pace(pause_s=0.1)):
        until_growing(rig)
        second = rig.store(1)
        wait_for(lambda: not first.is_alive)
        until_growing(rig)

    assert first.running.returncode == 1
    assert second.is_alive
    rig.until_drained()
    assert_kept(rig, at_least=500)
