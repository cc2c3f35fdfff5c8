"""Real processes of logsite for fault tests: started, killed, and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]


class Chore:
    """A `manage.py` command that can be killed like anything else on a machine."""

    def __init__(
        self, words: list[str], environment: dict[str, str], log: Path
    ) -> None:
        self._words = words
        self._environment = {**os.environ, **environment}
        self._environment.pop("DJANGO_SETTINGS_MODULE", None)
        self._log = log.open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", *self._words],
            cwd=ROOT,
            env=self._environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def kill(self) -> None:
        """kill -9: nothing can be finished or said."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM, as at a deployment; answers the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)

    def freeze(self) -> None:
        """SIGSTOP: it is there, but does nothing, like a machine that hangs."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Chore:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        self._log.close()


def store_worker(
    brokers: str, topic: str, mongo_url: str, folder: Path, name: str = "store-1"
) -> Chore:
    environment = {
        "LOGSITE_DATA": str(folder),
        "KAFKA_BROKERS": brokers,
        "LOG_TOPIC": topic,
        "MONGO_URL": mongo_url,
    }
    words = ["consume", "store", "--name", name]
    return Chore(words, environment, folder / f"{name}.log")
