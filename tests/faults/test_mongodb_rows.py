"""MongoDB away, slow, silent, stepping down, full: rows C5 to C7."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pymongo
import pytest
from pymongo.errors import AutoReconnect

from logsite.embedded import mongodb as embedded
from tests.faults.cluster import Cluster
from tests.faults.flow import Pace
from tests.faults.proxy import Proxy
from tests.faults.rig import Account, Rig, assert_kept, wait_for
from tests.parts import Part, free_port

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(300)]

OUTAGE_S = 90
FILLED_S = 30  # by then all that may wait in memory does: 16 MB and the client's 32 MB
DISK_MB = 700
MEGABYTE = b"\0" * 1024**2


@pytest.fixture
def proxy(rig: Rig) -> Iterator[Proxy]:
    """Between the worker and MongoDB."""
    (host,) = pymongo.uri_parser.parse_uri(rig.url)["nodelist"]
    between = Proxy(host[1])
    yield between
    between.close()


def through(proxy: Proxy, rig: Rig) -> str:
    return f"mongodb://127.0.0.1:{proxy.port}/{rig.name}?directConnection=true"


def assert_no_dead_letters(rig: Rig) -> None:
    assert rig.database["dead_letters"].count_documents({}) == 0


def loads(rig: Rig) -> int:
    """How often a partition was loaded: more often after each rebalance."""
    return (rig.folder / "store-1.log").read_text().count("store.partition.loaded")


@pytest.mark.faults_long
def test_c5_while_mongodb_is_away_nothing_grows_and_then_it_catches_up(
    rig: Rig, mongodb: Part
) -> None:
    rig.web()
    worker = rig.store()
    with rig.flow(Pace(senders=2, entries=60, padding=1_500)):
        wait_for(lambda: rig.visible > 2_000)
        mongodb.stop()
        away_at, acked_at = time.monotonic(), len(rig.ledger.acked)
        time.sleep(FILLED_S)
        early_mb = worker.rss_mb
        time.sleep(OUTAGE_S - FILLED_S)
        live = (len(rig.ledger.acked) - acked_at) / (time.monotonic() - away_at)
        late_mb = worker.rss_mb
        mongodb.start()
        behind, began = sum(end for _, end in rig.offsets().values()), time.monotonic()
        wait_for(lambda: rig.visible >= behind)
        caught_up = OUTAGE_S * live / (time.monotonic() - began)

    rig.until_drained()
    assert late_mb < early_mb + 50
    assert loads(rig) == 3
    assert caught_up > 3 * live, f"{caught_up:.0f} after {live:.0f} entries/s"
    assert_no_dead_letters(rig)
    assert_kept(rig, at_least=1_000)


def test_c5_kill_9_of_mongodb(rig: Rig, mongodb: Part) -> None:
    rig.web()
    worker = rig.store()
    with rig.flow():
        for _ in range(2):
            goal = rig.visible + 500
            wait_for(lambda: rig.visible > goal)  # noqa: B023
            mongodb.stop()
            time.sleep(2)
            mongodb.start()

    rig.until_drained()
    assert worker.stop() == 0
    assert_no_dead_letters(rig)
    assert_kept(rig)


@pytest.mark.faults_long
def test_c6_a_slow_mongodb(rig: Rig, proxy: Proxy) -> None:
    rig.web()
    rig.store(mongo_url=through(proxy, rig))
    proxy.weather.delay_s = 0.25
    with rig.flow():
        wait_for(lambda: rig.visible > 1_000)
    proxy.weather.delay_s = 0

    rig.until_drained()
    assert_no_dead_letters(rig)
    assert_kept(rig)


@pytest.mark.faults_long
def test_c6_an_answer_that_never_comes_after_the_request_was_carried_out(
    rig: Rig, proxy: Proxy
) -> None:
    rig.web()
    rig.store(mongo_url=through(proxy, rig))
    with rig.flow(Pace(pause_s=0.2)):
        wait_for(lambda: rig.visible > 500)
        proxy.weather.swallow_answers = True
        time.sleep(35)  # longer than the client waits for an answer
        proxy.weather.swallow_answers = False
        proxy.reset()
        goal = rig.visible + 500
        wait_for(lambda: rig.visible > goal)

    rig.until_drained()
    assert_no_dead_letters(rig)
    assert_kept(rig)


@pytest.mark.faults_long
def test_c6_connections_that_are_reset_in_the_middle(rig: Rig, proxy: Proxy) -> None:
    rig.web()
    rig.store(mongo_url=through(proxy, rig))
    with rig.flow():
        wait_for(lambda: rig.visible > 500)
        for _ in range(20):
            time.sleep(0.3)
            proxy.reset()

    rig.until_drained()
    assert_no_dead_letters(rig)
    assert_kept(rig)


@pytest.mark.faults_long
def test_c6_a_primary_that_steps_down(rig: Rig) -> None:
    rig.web()
    worker = rig.store()
    admin = rig.database.client.admin
    with rig.flow():
        wait_for(lambda: rig.visible > 500)
        for _ in range(2):
            with suppress(AutoReconnect):
                admin.command("replSetStepDown", 3, force=True)
            time.sleep(5)

    rig.until_drained()
    assert worker.is_alive
    assert_no_dead_letters(rig)
    assert_kept(rig)


# -- a disk of its own -------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few hundred megabytes; mounting needs root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = f"size={DISK_MB}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def small_rig(
    cluster: Cluster, small_disk: Path, account: Account, tmp_path: Path
) -> Iterator[tuple[Rig, Part]]:
    """A row whose MongoDB is on the small disk."""
    port = free_port()
    process = embedded.prepare(port, small_disk, cache_gb=0.25)
    part = Part(process, tmp_path, lambda: embedded.is_primary(port))
    rig = Rig(cluster.brokers, embedded.url(port), tmp_path, account)
    yield rig, part
    rig.close()
    part.stop()


@pytest.mark.faults_long
def test_c7_a_full_disk_of_mongodb_is_waited_for(
    small_rig: tuple[Rig, Part], small_disk: Path
) -> None:
    rig, part = small_rig
    rig.web()
    worker = rig.store()
    with rig.flow(Pace(entries=100, padding=500)):
        wait_for(lambda: rig.visible > 500)
        ballast = small_disk / "ballast"
        fill(ballast)
        time.sleep(15)
        ballast.unlink()
        if not part.is_alive:  # MongoDB ends itself when its journal has no room
            part.start()
        goal = rig.visible + 500
        wait_for(lambda: rig.visible > goal)

    rig.until_drained()
    assert worker.is_alive
    assert_no_dead_letters(rig)
    assert_kept(rig)


def fill(file: Path) -> None:
    with suppress(OSError), file.open("wb", buffering=0) as ballast:
        while ballast.write(MEGABYTE) == len(MEGABYTE):
            continue


@pytest.mark.faults_long
def test_c7_a_mongodb_that_takes_no_writes(rig: Rig) -> None:
    rig.web()
    worker = rig.store()
    admin = rig.database.client.admin
    with rig.flow():
        wait_for(lambda: rig.visible > 500)
        admin.command("fsync", lock=True)
        try:
            time.sleep(8)
        finally:
            admin.command("fsyncUnlock")

    rig.until_drained()
    assert worker.is_alive
    assert_no_dead_letters(rig)
    assert_kept(rig)
