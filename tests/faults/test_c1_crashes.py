"""C1: the store worker dies at every step there is; nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.cluster import Cluster
from tests.faults.flow import Pace
from tests.faults.rig import Account, Rig, assert_kept, wait_for
from tests.parts import Part

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(180)]

KILLED = 137
LONG = pytest.mark.faults_long
STEPS = (
    pytest.param("after_fetch", marks=LONG),
    pytest.param("after_decode", marks=LONG),
    "before_insert",
    "after_insert",
    pytest.param("before_block", marks=LONG),
    "after_block",
    pytest.param("before_head", marks=LONG),
    "after_head",
    pytest.param("before_commit", marks=LONG),
    pytest.param("after_commit", marks=LONG),
)


@pytest.fixture(scope="module")
def rig(
    shared_cluster: Cluster,
    shared_mongodb: tuple[Part, str],
    account: Account,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Rig]:
    """One topic for all crashes: each goes on where the one before left off."""
    folder = tmp_path_factory.mktemp("crashes")
    made = Rig(shared_cluster.brokers, shared_mongodb[1], folder, account)
    made.web()
    yield made
    made.close()


def until_dead(rig: Rig, failpoint: str) -> None:
    """A worker with this failpoint runs into it."""
    worker = rig.store(failpoint=failpoint)
    wait_for(lambda: not worker.is_alive)
    assert worker.running.returncode == KILLED


def until_all_is_stored(rig: Rig) -> None:
    worker = rig.store()
    rig.until_drained()
    assert worker.stop() == 0


@pytest.mark.parametrize("step", STEPS)
def test_c1_a_worker_that_dies_at(step: str, rig: Rig) -> None:
    with rig.flow(Pace(pause_s=0.02), step):
        until_dead(rig, f"{step}:exit137:2")

    until_all_is_stored(rig)

    assert_kept(rig, at_least=100)


@pytest.mark.parametrize("step", ["before_dead", "after_dead"])
def test_c1_a_worker_that_dies_beside_a_dead_letter_at(step: str, rig: Rig) -> None:
    before = rig.database["dead_letters"].count_documents({})
    rig.produce([b"no json", b'{"message":"good"}', None])
    with rig.flow(seed=step):
        until_dead(rig, f"{step}:exit137")

    until_all_is_stored(rig)

    assert rig.database["dead_letters"].count_documents({}) == before + 2
    assert_kept(rig)


@pytest.mark.faults_long
def test_c1_a_worker_that_dies_while_it_gives_its_partitions_back(rig: Rig) -> None:
    before = rig.visible
    worker = rig.store(failpoint="in_revoke:exit137")
    with rig.flow(seed="in_revoke"):
        wait_for(lambda: rig.visible > before + 500)
        assert worker.stop() == KILLED

    until_all_is_stored(rig)

    assert_kept(rig, at_least=100)


@pytest.mark.faults_long
def test_c1_an_error_that_nobody_expects_ends_the_worker_and_costs_nothing(
    rig: Rig,
) -> None:
    worker = rig.store(failpoint="before_block:raise:3")
    with rig.flow(seed="raise"):
        wait_for(lambda: not worker.is_alive)
        assert worker.running.returncode == 1

    until_all_is_stored(rig)

    assert_kept(rig, at_least=100)
