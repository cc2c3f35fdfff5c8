"""One stack per data folder: a lock that lives as long as the stack does."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import TextIO

from logsite.embedded.errors import AlreadyRuns

NAME = "lock"


class Lock:
    """Held by `up` and, inherited, by supervisord; free when both are gone.

    The file names the process to signal for stopping.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    @classmethod
    def take(cls, data: Path) -> Lock:
        file = (data / NAME).open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            raise AlreadyRuns(f"A stack runs on {data} already.") from error
        lock = cls(file)
        lock.name_owner(os.getpid())
        return lock

    def name_owner(self, pid: int) -> None:
        self._file.truncate(0)
        self._file.write(str(pid))
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()

    def release(self) -> None:
        self._file.close()


def is_held(data: Path) -> bool:
    """Whether a stack runs, or starts or stops, on this data folder."""
    if not (data / NAME).exists():
        return False
    with (data / NAME).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def owner(data: Path) -> int | None:
    """The process to signal, if it has been named yet."""
    text = (data / NAME).read_text().strip()
    return int(text) if text else None


def wait_until_free(data: Path, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while is_held(data):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
