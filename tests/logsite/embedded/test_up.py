"""`manage.py up`, `status` and `down` on the real parts."""

from __future__ import annotations

import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import pymongo
import pytest

from ingest.kafka.topics import ensure_topic
from logsite.embedded.frontend import ensure_vendor
from logsite.embedded.jars import ensure_jars
from logsite.stackfile import read_state
from tests.logsite.embedded.running import (
    Up,
    detached,
    manage,
    pids_of,
    status,
    wait_until_gone,
)

pytestmark = [pytest.mark.parts, pytest.mark.timeout(300)]
GONE_S = 45.0  # an ordered stop on a busy machine
KILLED_S = 10.0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One data folder for this story: it is started again and again."""
    folder = tmp_path_factory.mktemp("stack") / "data"
    yield folder
    manage("down", folder)


@pytest.fixture(scope="module")
def first(data: Path) -> Iterator[Up]:
    """The first start; what it would fetch from elsewhere is there."""
    ensure_jars()
    ensure_vendor()
    up = Up(data, "--no-demo")
    yield up
    up.signal(signal.SIGINT)


@pytest.fixture(scope="module")
def first_ports(first: Up, data: Path) -> dict[str, int]:
    """The ports of the first start, which leaves a mark in Kafka and MongoDB."""
    mark(data)
    return {
        each["name"]: each["port"]
        for each in status(data)["processes"]
        if each["port"] is not None
    }


@pytest.fixture(scope="module")
def moved(first_ports: dict[str, int], data: Path) -> Path:
    """The same data, started while others have the ports that it was made under."""
    manage("down", data)
    with ExitStack() as others:
        for port in first_ports.values():
            others.enter_context(socket.create_server(("127.0.0.1", port)))
        started = detached(data, "--no-demo")
    assert started.returncode == 0, started.stdout + started.stderr
    assert f"down --data {data}" in started.stdout
    return data


def environment_of(data: Path) -> dict[str, str]:
    found: dict[str, str] = read_state(data)["environment"]
    return found


def mark(data: Path) -> None:
    """Leave something in Kafka and in MongoDB."""
    addresses = environment_of(data)
    ensure_topic(addresses["KAFKA_BROKERS"], "kept", 1, 1, 10**9, 10**9)
    with pymongo.MongoClient[dict[str, str]](addresses["MONGO_URL"]) as client:
        client.get_database()["kept"].insert_one({"_id": "kept"})


def is_marked(data: Path) -> bool:
    addresses = environment_of(data)
    made = ensure_topic(addresses["KAFKA_BROKERS"], "kept", 1, 1, 10**9, 10**9)
    with pymongo.MongoClient[dict[str, str]](addresses["MONGO_URL"]) as client:
        return not made and client.get_database()["kept"].count_documents({}) == 1


def wait_for_another(data: Path, name: str, pid: int) -> dict[str, int]:
    """Pids by name, as soon as all is ready and that process is another one."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = status(data)
        pids = {each["name"]: each["pid"] for each in found["processes"]}
        if found["ready"] and pids[name] != pid:
            return pids
        time.sleep(0.2)
    raise AssertionError(f"{name} did not come back: {status(data)}")


def test_it_says_where_the_site_is_and_how_to_log_in(first: Up, data: Path) -> None:
    password = (data / "admin_password").read_text()

    assert status(data)["address"] in first.said
    assert password in first.said
    assert (data / "demo_token").read_text() in first.said


def test_status_tells_every_process(first: Up, data: Path) -> None:
    found = status(data)

    names = [each["name"] for each in found["processes"]]
    assert names == [
        *("kafka-1", "mongodb", "valkey", "store-1", "watch", "celery", "beat", "web"),
    ]
    assert found["ready"] is True
    assert all(psutil.pid_exists(each["pid"]) for each in found["processes"])
    assert {each["state"] for each in found["processes"]} <= {"starting", "running"}


def test_the_site_answers_at_its_address(first: Up, data: Path) -> None:
    answer = httpx.get(f"{status(data)['address']}/healthz", trust_env=False)

    assert answer.status_code == 200


def test_nobody_else_can_read_its_files(first: Up, data: Path) -> None:
    secrets = ("secret_key", "admin_password", "demo_token")

    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {stat.S_IMODE((data / name).stat().st_mode) for name in secrets} == {0o600}


def test_a_second_up_on_the_same_data_is_refused(first: Up, data: Path) -> None:
    second = manage("up", data)

    assert second.returncode == 1
    assert "runs on" in second.stderr


def test_a_killed_process_comes_back(first: Up, data: Path) -> None:
    before = {each["name"]: each["pid"] for each in status(data)["processes"]}

    os.kill(before["mongodb"], signal.SIGKILL)

    after = wait_for_another(data, "mongodb", before["mongodb"])
    assert {name for name in after if after[name] != before[name]} == {"mongodb"}


def test_ctrl_c_stops_everything(
    first: Up, first_ports: dict[str, int], data: Path
) -> None:
    pids = pids_of(data)

    code = first.signal(signal.SIGINT)

    assert code == 0
    assert wait_until_gone(pids, KILLED_S) == []
    assert status(data) == {
        "ready": False,
        "address": "",
        "reasons": [],
        "processes": [],
    }


def test_another_number_of_brokers_is_refused(data: Path) -> None:
    refused = manage("up", data, "--brokers", "3")

    assert refused.returncode == 1
    assert "--brokers 1" in refused.stderr


def test_data_survives_although_all_ports_have_moved(
    moved: Path, first_ports: dict[str, int]
) -> None:
    now = {each["name"]: each["port"] for each in status(moved)["processes"]}

    assert not set(now.values()) & set(first_ports.values())
    assert is_marked(moved)


def test_down_stops_a_detached_stack(moved: Path) -> None:
    pids = pids_of(moved)

    stopped = manage("down", moved)

    assert stopped.returncode == 0
    assert wait_until_gone(pids, KILLED_S) == []
    assert "Nothing runs" in manage("down", moved).stdout


def test_nothing_is_left_when_up_is_killed(data: Path) -> None:
    manage("down", data)
    running = Up(data, "--no-demo")
    pids = pids_of(data)

    running.signal(signal.SIGKILL)

    assert wait_until_gone(pids, GONE_S) == []


def test_nothing_is_left_when_supervisord_is_killed(data: Path) -> None:
    manage("down", data)
    running = Up(data, "--no-demo")
    supervisord, *pids = pids_of(data)

    os.kill(supervisord, signal.SIGKILL)

    assert wait_until_gone(pids, KILLED_S) == []
    assert running.wait() == 1


def test_three_brokers_start_with_a_controller_apart(tmp_path: Path) -> None:
    try:
        started = detached(tmp_path, "--brokers", "3", "--no-demo")
        names = [each["name"] for each in status(tmp_path)["processes"]]
    finally:
        manage("down", tmp_path)

    assert started.returncode == 0, started.stdout + started.stderr
    assert names[:4] == ["controller", "kafka-1", "kafka-2", "kafka-3"]
