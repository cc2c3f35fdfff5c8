"""Faults of what stands beside the path: rows C22, T3 and L1."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logsite.embedded import site
from tests.faults.flow import Flow, Pace
from tests.faults.oracle import entries
from tests.faults.rig import Rig, assert_kept, wait_for
from tests.parts import Part

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(240)]

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


# -- T3 ----------------------------------------------------------------------------


@pytest.mark.faults_long
def test_t3_redis_hangs_and_starts_again_and_nobody_on_the_path_notices(
    rig: Rig, valkey: tuple[Part, str]
) -> None:
    part, url = valkey
    rig.web(REDIS_URL=url)
    rig.store()
    with rig.flow() as flow:
        go_on(rig, flow)
        part.freeze()
        go_on(rig, flow)
        part.thaw()
        part.stop()
        go_on(rig, flow)
        part.start()
        go_on(rig, flow)

    assert set(flow.statuses) == {202}
    rig.until_drained()
    assert_kept(rig)


def go_on(rig: Rig, flow: Flow) -> None:
    """More is accepted, and more is stored, from now on."""
    now, goal = time.monotonic(), rig.visible + 1_000
    wait_for(lambda: flow.accepted_since(now) >= 5 and rig.visible > goal)


# -- L1 ----------------------------------------------------------------------------


def test_l1_kill_9_of_celery_in_the_middle_of_rollups(
    rig: Rig, valkey: tuple[Part, str]
) -> None:
    _, url = valkey
    worker = rig.chore("celery", site.celery(0).command, REDIS_URL=url)
    rig.chore("beat", site.beat().command, REDIS_URL=url)
    rig.web()
    rig.store()
    with rig.flow():
        for _ in range(4):
            goal = sum(rolled_up(rig).values()) + 500
            wait_for(lambda: sum(rolled_up(rig).values()) > goal)  # noqa: B023
            worker.kill()
            worker.start()
    rig.until_drained()

    verdict = assert_kept(rig)
    wait_for(lambda: sum(rolled_up(rig).values()) >= verdict.stored)
    assert rolled_up(rig) == counted(rig)


Window = tuple[datetime, str]


def rolled_up(rig: Rig) -> Counter[Window]:
    """What the windows of a minute say."""
    found = rig.database["logs_1m_stats"].find()
    return Counter({(w["window"], w["service"]): w["total"] for w in found})


def counted(rig: Rig) -> Counter[Window]:
    """The same, from the entries themselves."""
    return Counter(
        (entry["timestamp"].replace(second=0, microsecond=0), entry["service"])
        for entry in entries(rig.database)
    )


# -- C22 ---------------------------------------------------------------------------


@pytest.mark.faults_long
def test_c22_a_worker_whose_clock_jumps_by_an_hour_stores_the_same(rig: Rig) -> None:
    assert Path(FAKETIME).exists(), "install the package libfaketime"
    clock = rig.folder / "clock"
    clock.write_text("+0")
    began = datetime.now(UTC)
    rig.web()
    worker = rig.store(
        LD_PRELOAD=FAKETIME,
        FAKETIME_TIMESTAMP_FILE=str(clock),
        FAKETIME_CACHE_DURATION="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )
    with rig.flow(Pace(pause_s=0.1)):
        for shift in ("+1h", "-1h", "+0"):
            goal = rig.visible + 1_000
            wait_for(lambda: rig.visible > goal)  # noqa: B023
            clock.write_text(shift)
            time.sleep(2)

    rig.until_drained()
    assert worker.is_alive
    assert_received_lately(rig, began)
    assert_kept(rig)


def assert_received_lately(rig: Rig, began: datetime) -> None:
    """By the broker's clock, which nobody moved."""
    hour = timedelta(minutes=30)
    for block in rig.database["blocks"].find():
        assert began - hour < block["min_received"] < began + hour
        assert block["day"] == block["max_received"].strftime("%Y%m%d")
