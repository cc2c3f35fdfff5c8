"""Runs the steps of a long search in a process of its own, with low priority.

Python compares entry by entry. In the web process that would take its turn from what
comes in; apart from it, the system gives a search what others leave.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, Protocol, TypeVar

from pymongo.database import Database
from pymongo.errors import PyMongoError

from ingest.errors import Busy
from ingest.mongo import Document, connect

NICENESS: Final = 19
ROOT: Final = Path(__file__).parents[2]  # where `ingest` is found
Step_co = TypeVar("Step_co", covariant=True)


class Task(Protocol[Step_co]):
    """What is done apart: it has to be one that can be pickled, as its steps have."""

    def steps(self, db: Database[Document]) -> Iterator[Step_co]: ...


class Broken(Busy):
    """The process has ended before its task."""


def apart(task: Task[Step_co], mongo_url: str) -> Iterator[Step_co]:
    """The steps of a task; the process ends with them, or when nobody wants more."""
    command = [sys.executable, "-m", "ingest.query.apart"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(pickle.dumps((mongo_url, task)))
            process.stdin.close()
            yield from _told(process.stdout)
        finally:
            process.kill()


def _told(told: IO[bytes]) -> Iterator[Any]:
    while True:
        try:
            step = pickle.load(told)
        except EOFError:
            raise Broken from None
        if isinstance(step, Busy):
            raise step
        if step is None:
            return
        yield step


def main() -> None:
    """Only ever given what `apart` wrote."""
    os.nice(NICENESS)
    mongo_url, task = pickle.load(sys.stdin.buffer)
    try:
        for step in task.steps(connect(mongo_url)):
            _tell(step)
        _tell(None)
    except BrokenPipeError:
        os._exit(0)  # nobody wants more
    except (Busy, PyMongoError) as error:
        _tell(Busy(str(error)))


def _tell(step: object) -> None:
    pickle.dump(step, sys.stdout.buffer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
