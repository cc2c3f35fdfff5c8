"""Faults of the web process and of the brokers behind it: rows I1 to I8 and I25."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.faults.cluster import BROKERS, Cluster
from tests.faults.flow import NO_ANSWER, Flow, Pace, post
from tests.faults.rig import SEED, Rig, assert_kept, get, wait_for

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(240)]

KILLED = 137
READY = "/readyz?for=ingest"
MAX_WEB_MB = 900  # the queue of unacknowledged entries is bounded: 256 MB and its keep


def until_accepted(flow: Flow, seconds: float = 30) -> None:
    """Until requests that begin from now on are accepted again."""
    now = time.monotonic()
    wait_for(lambda: flow.accepted_since(now) >= 5, seconds)


def finish(rig: Rig, at_least: int = 100) -> None:
    """Everybody is back: what was acknowledged is stored, once."""
    rig.until_drained()
    assert_kept(rig, at_least)


@pytest.mark.faults_long
def test_i1_kill_9_of_a_web_process_in_the_middle_of_requests(rig: Rig) -> None:
    dice = random.Random(SEED)
    web = rig.web()
    rig.store()
    with rig.flow(Pace(senders=16, pause_s=0.01)) as flow:
        for _ in range(3):
            until_accepted(flow)
            time.sleep(dice.uniform(0, 0.5))
            web.kill()
            web.start()
        until_accepted(flow)

    assert set(flow.statuses) <= {202, 503, NO_ANSWER}
    finish(rig)


@pytest.mark.parametrize("step", ["after_produce", "before_ack"])
def test_i1_a_web_process_that_dies_at(step: str, rig: Rig) -> None:
    web = rig.web(failpoint=f"{step}:exit137:20")
    rig.store()
    with rig.flow() as flow:
        wait_for(lambda: not web.is_alive)
        assert web.running.returncode == KILLED
        web.start()
        until_accepted(flow)

    finish(rig)


@pytest.mark.faults_long
def test_i2_sigterm_under_load_finishes_what_is_under_way(rig: Rig) -> None:
    web = rig.web()
    rig.store()
    with rig.flow(Pace(senders=8)) as flow:
        until_accepted(flow)
        web.stop()
        web.start()
        until_accepted(flow)

    assert "left_over" not in web.log.read_text()
    assert set(flow.statuses) <= {202, 503, NO_ANSWER}
    finish(rig)


@pytest.mark.faults_long
def test_i3_without_any_broker_requests_are_refused_at_once(
    rig: Rig, cluster: Cluster
) -> None:
    web = rig.web()
    rig.keep(rig.store())
    with rig.flow() as flow:
        until_accepted(flow)
        before = web.rss_mb
        for number in BROKERS:
            cluster.broker(number).stop()
        wait_for(lambda: flow.statuses[503] >= 10)
        refused_from = time.monotonic()
        time.sleep(20)
        assert flow.accepted_since(refused_from) == 0
        assert get(rig.ports[0], READY) == 503
        assert web.rss_mb < before + 100
        cluster.heal()
        until_accepted(flow)

    refused = [answer for answer in flow.answers if answer.status == 503]
    assert min(answer.seconds for answer in refused) < 0.05
    assert all(answer.retry_after for answer in refused)
    finish(rig)


def test_i4_a_leader_that_dies_costs_nothing_that_was_accepted(
    rig: Rig, cluster: Cluster
) -> None:
    rig.web()
    rig.keep(rig.store())
    with rig.flow(Pace(senders=6)) as flow:
        until_accepted(flow)
        cluster.broker(cluster.leader(rig.topic)).stop()
        until_accepted(flow)
        time.sleep(3)

    assert set(flow.statuses) <= {202, 503}
    finish(rig)


@pytest.mark.faults_long
def test_i5_with_two_of_three_brokers_away_nothing_is_accepted(
    rig: Rig, cluster: Cluster
) -> None:
    rig.web()
    rig.keep(rig.store())
    with rig.flow() as flow:
        until_accepted(flow)
        for number in BROKERS[:2]:
            cluster.broker(number).stop()
        time.sleep(1)  # what the brokers acknowledged before is still on its way
        alone_from = time.monotonic()
        wait_for(lambda: flow.statuses[503] >= 10)
        assert flow.accepted_since(alone_from) == 0
        cluster.heal()
        until_accepted(flow)

    finish(rig)


@pytest.mark.faults_long
def test_i8_a_full_queue_is_refused_and_takes_no_more_memory(
    rig: Rig, cluster: Cluster
) -> None:
    web = rig.web()
    rig.keep(rig.store())
    body = b'{"message":"one of very many"}\n' * 10_000

    def send(_: int) -> int:
        return post(rig.ports[0], rig.account.token, body)[0]

    with rig.flow(Pace(senders=1)) as flow:
        until_accepted(flow)
        for number in BROKERS:
            cluster.broker(number).freeze()
        with ThreadPoolExecutor(40) as pool:
            statuses = set(pool.map(send, range(120)))
        assert statuses == {503}
        assert web.rss_mb < MAX_WEB_MB
        cluster.heal()
        until_accepted(flow)

    finish(rig, at_least=5)


@pytest.mark.faults_long
def test_i25_without_sql_redis_and_mongodb_requests_are_accepted(
    rig: Rig, tmp_path: Path
) -> None:
    address = rig.account.environment["DATABASE_URL"].removeprefix("sqlite:///")
    copy = tmp_path / "own.sqlite3"
    copy.write_bytes(Path(address).read_bytes())
    rig.web(
        mongo_url="mongodb://127.0.0.1:9/logsite?replicaSet=logsite",
        DATABASE_URL=f"sqlite:///{copy}",
        REDIS_URL="redis://127.0.0.1:9/0",
    )
    with rig.flow(Pace(senders=1, pause_s=0.5)) as flow:
        until_accepted(flow)
        for file in tmp_path.glob("own.sqlite3*"):
            file.write_bytes(b"no database any more" * 1000)
        time.sleep(40)  # longer than a token is remembered without asking
        until_accepted(flow)

    assert set(flow.statuses) == {202}
    rig.store()
    finish(rig)
