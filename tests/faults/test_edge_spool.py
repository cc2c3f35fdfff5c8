"""Requests accepted on the disk of the web process: rows I22 and I23."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.cluster import BROKERS, Cluster
from tests.faults.flow import Flow, Pace
from tests.faults.processes import Chore
from tests.faults.rig import SEED, Rig, assert_kept, wait_for

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(240)]

KILLED = 137
SMALL_DISK = "4m"


def until_stored(rig: Rig) -> None:
    """The worker has to live through the outage too, so it must be at work before.

    The group's next coordinator may take it for another of its name: then it ends, and
    is started again.
    """
    wait_for(lambda: rig.visible > 0)


def lose_kafka(cluster: Cluster) -> None:
    for number in BROKERS:
        cluster.broker(number).stop()


def until_spooled(flow: Flow, folder: Path) -> None:
    """Until requests are accepted although no broker is there."""
    wait_for(lambda: any(size(file) for file in files(folder)))
    now = time.monotonic()
    wait_for(lambda: flow.accepted_since(now) >= 10)


def files(folder: Path) -> list[Path]:
    return list(folder.glob("*/*.spool"))


def size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # sent meanwhile
        return 0


def finish(rig: Rig, folder: Path) -> None:
    """Kafka is back: what was spooled is sent, and then stored, once."""
    wait_for(lambda: not files(folder))
    rig.until_drained()
    assert_kept(rig, at_least=200)
    wait_for(lambda: not rig.database["spools"].count_documents({}))


def kill_at_any_moment(web: Chore, flow: Flow, dice: random.Random) -> None:
    now = time.monotonic()
    wait_for(lambda: flow.accepted_since(now) >= 10)
    time.sleep(dice.uniform(0, 0.3))
    web.kill()
    web.start()


@pytest.mark.faults_long
def test_i23_kill_9_of_a_web_process_while_it_spools_and_while_it_sends(
    rig: Rig, cluster: Cluster, tmp_path: Path
) -> None:
    dice = random.Random(SEED)
    folder = tmp_path / "spool"
    web = rig.web(SPOOL_DIR=str(folder))
    rig.keep(rig.store())
    with rig.flow(Pace(senders=8)) as flow:
        until_stored(rig)
        lose_kafka(cluster)
        until_spooled(flow, folder)
        spools = rig.database["spools"]
        assert all(one["oldest"] <= one["at"] for one in spools.find())
        assert spools.count_documents({}) > 0
        for _ in range(3):
            kill_at_any_moment(web, flow, dice)
        cluster.heal()
        web.kill()
        web.start()

    finish(rig, folder)


@pytest.mark.parametrize("step", ["spool_before_sync", "spool_after_write"])
def test_i23_a_web_process_that_dies_at(
    step: str, rig: Rig, cluster: Cluster, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    web = rig.web(failpoint=f"{step}:exit137:20", SPOOL_DIR=str(folder))
    rig.keep(rig.store())
    with rig.flow(Pace(senders=8)) as flow:
        until_stored(rig)
        lose_kafka(cluster)
        wait_for(lambda: not web.is_alive)
        assert web.running.returncode == KILLED
        web.start()
        until_spooled(flow, folder)
        cluster.heal()

    finish(rig, folder)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={SMALL_DISK}", "none"]
    # Only root may: a row that cannot be played has failed.
    subprocess.run(["mount", *options, str(folder)], check=True)
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.faults_long
def test_i22_a_full_disk_of_the_spool_is_refused_and_leaves_no_torn_records(
    rig: Rig, cluster: Cluster, small_disk: Path
) -> None:
    web = rig.web(SPOOL_DIR=str(small_disk))
    rig.keep(rig.store())
    with rig.flow(Pace(senders=8, padding=200)) as flow:
        until_stored(rig)
        lose_kafka(cluster)
        until_spooled(flow, small_disk)
        refused = flow.statuses[503]
        wait_for(lambda: flow.statuses[503] >= refused + 20)
        assert web.is_alive
        cluster.heal()
        now = time.monotonic()
        wait_for(lambda: flow.accepted_since(now) >= 10)

    finish(rig, small_disk)
    assert not (small_disk / "damaged").exists()
