"""A launched process ends with its parent, however that one ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from logsite.embedded.launch import FREE, PARENT
from logsite.embedded.process import launched

SLEEPER = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(99)")
# Starts a launched process, says its pid when it is up, and stays.
STARTER = f"""
import os, subprocess, sys, time
os.environ[{PARENT!r}] = str(os.getpid())
run = subprocess.Popen({launched(SLEEPER)!r}, stdout=subprocess.PIPE)
run.stdout.readline()
print(run.pid, flush=True)
time.sleep(99)
"""


@pytest.fixture
def wait_until_gone() -> Callable[[int], None]:
    def wait(pid: int) -> None:
        if psutil.pid_exists(pid):
            psutil.Process(pid).wait(timeout=10)

    return wait


def test_it_ends_when_its_parent_is_killed(
    wait_until_gone: Callable[[int], None],
) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=-1) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())

        parent.send_signal(signal.SIGKILL)

        wait_until_gone(child)


def test_it_does_not_start_when_its_parent_is_gone_already() -> None:
    gone = {**os.environ, PARENT: "1"}

    run = subprocess.run(launched(SLEEPER), env=gone, capture_output=True, text=True)

    assert run.returncode == 1
    assert "gone" in run.stderr
    assert run.stdout == ""


def test_one_that_is_free_starts_without_a_parent() -> None:
    gone = {**os.environ, PARENT: "1"}
    command = launched((sys.executable, "-c", "print('up')"), FREE)

    assert subprocess.run(command, env=gone, capture_output=True).stdout == b"up\n"


def test_it_becomes_the_command_and_keeps_its_pid() -> None:
    command = launched((sys.executable, "-c", "import os; print(os.getpid())"))
    environment = {**os.environ, PARENT: str(os.getpid())}

    with subprocess.Popen(command, env=environment, stdout=-1) as run:
        assert run.stdout is not None
        assert int(run.stdout.read()) == run.pid
