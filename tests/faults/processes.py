"""Real processes of logsite for fault tests: started, killed, and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import psutil

from logsite.embedded.launch import PARENT
from logsite.embedded.process import launched

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1024**2


class Chore:
    """A process that can be killed like anything else on a machine."""

    def __init__(
        self, command: tuple[str, ...], environment: Mapping[str, str], log: Path
    ) -> None:
        self._command = command
        self._environment = {**os.environ, **environment}
        self._environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, failpoint: str = "") -> None:
        told = {PARENT: str(os.getpid())}
        if failpoint:
            told |= {"FAILPOINT": failpoint, "DEBUG": "1"}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                launched(self._command),
                cwd=ROOT,
                env={**self._environment, **told},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    @property
    def pid(self) -> int:
        return self.running.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def rss_mb(self) -> float:
        return float(psutil.Process(self.pid).memory_info().rss / MEGABYTE)

    @property
    def peak_rss_mb(self) -> float:
        """The most memory that it ever had."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024

    def kill(self) -> None:
        """kill -9: nothing can be finished or said."""
        self.running.kill()
        self.running.wait()

    def stop(self) -> int:
        """SIGTERM, as at a deployment; answers the exit code."""
        self.running.terminate()
        return self.running.wait(30)

    def freeze(self) -> None:
        """SIGSTOP: it is there, but does nothing, like a machine that hangs."""
        self.running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.running.send_signal(signal.SIGCONT)

    def __enter__(self) -> Chore:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        """Whatever state it is in."""
        if self.is_alive:
            self.kill()


def manage(*words: str) -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "manage.py"), *words)


def store_command(name: str) -> tuple[str, ...]:
    return manage("consume", "store", "--name", name)
