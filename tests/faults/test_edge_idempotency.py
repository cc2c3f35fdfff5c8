"""A request with a key is stored once, whoever gets it however often: row I24."""

from __future__ import annotations

import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.flow import NO_ANSWER, post
from tests.faults.rig import SEED, Rig, wait_for
from tests.ingest.worker import stored

pytestmark = [pytest.mark.parts, pytest.mark.faults, pytest.mark.timeout(240)]

ENTRIES = 200


def body(name: str) -> bytes:
    """Entries of several sources, so they meet in several partitions."""
    dice = random.Random(f"{SEED}/{name}")
    lines = [
        {"service": f"service-{dice.randrange(9)}", "message": f"{name} {number}"}
        for number in range(ENTRIES)
    ]
    return "\n".join(map(json.dumps, lines)).encode()


def send(rig: Rig, web: int, name: str, key: str = "") -> int:
    status, _ = post(rig.ports[web], rig.account.token, body(name), key or name)
    return status


def expect_once(rig: Rig, *names: str) -> None:
    """Each entry of these requests is stored, and stored once; and nothing else is."""
    rig.until_drained()
    found = Counter(entry["message"] for entry in stored(rig.database))
    assert found == Counter(f"{name} {n}" for name in names for n in range(ENTRIES))


def test_i24_five_times_at_once_over_two_web_processes_is_once(rig: Rig) -> None:
    rig.web()
    rig.web()
    rig.store()

    with ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(lambda n: send(rig, n % 2, "batch"), range(5)))

    assert statuses == [202] * 5
    expect_once(rig, "batch")


@pytest.mark.faults_long
def test_i24_a_retry_while_the_first_attempt_is_under_way_is_once(rig: Rig) -> None:
    rig.web(failpoint="before_ack:sleep 3")
    rig.web()
    rig.store()

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send, rig, 0, "batch")
        retried = send(rig, 1, "batch")
        statuses = [retried, first.result()]

    assert statuses == [202, 202]
    expect_once(rig, "batch")


@pytest.mark.faults_long
def test_i24_a_retry_after_an_answer_that_never_came_is_once(rig: Rig) -> None:
    web = rig.web(failpoint="before_ack:exit137")
    rig.store()

    assert send(rig, 0, "batch") == NO_ANSWER
    wait_for(lambda: not web.is_alive)
    web.start()
    wait_for(lambda: send(rig, 0, "batch") == 202)

    expect_once(rig, "batch")


@pytest.mark.faults_long
def test_i24_a_retry_after_every_part_was_started_again_is_once(rig: Rig) -> None:
    web, worker = rig.web(), rig.store()
    assert send(rig, 0, "batch") == 202
    rig.until_drained()

    for part in (web, worker):
        part.kill()
        part.start()
    wait_for(lambda: send(rig, 0, "batch") == 202)
    worker.stop()
    worker.start()

    expect_once(rig, "batch")


@pytest.mark.faults_long
def test_i24_the_same_key_with_another_body_is_another_request(rig: Rig) -> None:
    rig.web()
    rig.store()

    statuses = [send(rig, 0, name, key="nightly") for name in ("first", "second")]

    assert statuses == [202, 202]
    expect_once(rig, "first", "second")
