"""Runs `manage.py up` as people do: in a process of its own, on a data folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from tests.parts import FIRST_PORT

ROOT = Path(__file__).resolve().parents[3]
START_S = 240.0
# Nothing beyond this machine may be needed: every proxy leads nowhere.
OFFLINE = {
    name: "http://127.0.0.1:9"
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
}


def environment() -> dict[str, str]:
    """That of a person's shell, not that of the test run."""
    dropped = ("LOGSITE_DATA", "DJANGO_SETTINGS_MODULE", "SECRET_KEY")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, **OFFLINE, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def manage(command: str, data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", command, "--data", str(data), *options],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )


def detached(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return manage("up", data, "--port", str(FIRST_PORT + 900), "--detach", *options)


def status(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(manage("status", data, "--json").stdout)
    return found


def pids_of(data: Path) -> list[int]:
    """Everything that runs for a data folder: its processes and supervisord."""
    supervisord = int((data / "supervisord.pid").read_text())
    return [supervisord, *(each["pid"] for each in status(data)["processes"])]


def wait_until_gone(pids: list[int], timeout_s: float) -> list[int]:
    """Those that are still there after that time."""
    watched = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    _, alive = psutil.wait_procs(watched, timeout=timeout_s)
    return [process.pid for process in alive]


class Up:
    """`up` in the foreground; ready when the constructor returns."""

    def __init__(self, data: Path, *options: str) -> None:
        port = str(FIRST_PORT + 900)
        command = ("manage.py", "up", "--data", str(data), "--port", port, *options)
        self.lines: list[str] = []
        self.run = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._read_until("Stop with")

    def _read_until(self, words: str) -> None:
        assert self.run.stdout is not None
        for line in self.run.stdout:
            self.lines.append(line)
            if words in line:
                return
        raise AssertionError("up ended:\n" + "".join(self.lines))

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def signal(self, number: signal.Signals) -> int:
        """Send it, and wait for the end; the exit code."""
        self.run.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        assert self.run.stdout is not None
        if self.run.stdout.closed:
            return self.run.wait(timeout=60)
        with self.run.stdout:
            self.lines.extend(self.run.stdout)
        return self.run.wait(timeout=60)
