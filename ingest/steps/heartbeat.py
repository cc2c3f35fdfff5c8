"""A file that is touched while a worker is well; its age is the liveness probe."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

EVERY_S: Final = 1.0


class Heartbeat:
    """Touches DIR/NAME at most once a second; the file holds the process id."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name
        self.path.write_text(str(os.getpid()))
        self._last = time.monotonic()

    def beat(self) -> None:
        now = time.monotonic()
        if now - self._last >= EVERY_S:
            self._last = now
            self.path.touch()

    def end(self) -> None:
        """The worker ends as it should: nobody waits for its next beat."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Beat:
    """How long ago a worker of this machine was well, and whether it is gone."""

    age_s: float
    gone: bool = False


def read_beats(folder: Path, worker: str, now: float) -> dict[str, Beat]:
    """The last beat of each worker of this kind; `now` is the time of the clock."""
    beats = {}
    for file in folder.glob(f"{worker}*"):
        with suppress(FileNotFoundError):  # it ends as it should, just now
            beats[file.name] = _beat(file, now)
    return beats


def _beat(file: Path, now: float) -> Beat:
    pid = file.read_text()
    gone = pid.isdecimal() and not psutil.pid_exists(int(pid))
    return Beat(now - file.stat().st_mtime, gone)
