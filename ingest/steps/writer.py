"""The thread that writes, so that fetching and decoding go on while MongoDB works."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Final

from ingest import metrics
from ingest.errors import Busy, EntriesRefused, LoadAgain
from ingest.fold.block import parse_position
from ingest.steps.flush import Job

logger = logging.getLogger(__name__)

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 2.0


@dataclass(frozen=True)
class Refusal:
    """Writes that do not fit: their partition must be loaded again."""

    job: Job
    reason: LoadAgain


class Writer:
    """Writes one list of jobs at a time; while MongoDB is away it tries again.

    A partition whose job was refused stays closed until `reopen`: later jobs of it
    would leave a hole behind them.
    """

    def __init__(self, flush: Callable[[list[Job]], None]) -> None:
        self._flush = flush
        self._jobs: Queue[list[Job]] = Queue(maxsize=1)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._failure: BaseException | None = None
        self._closed: set[int] = set()  # partitions
        self.written: deque[Job] = deque()
        self.refused: deque[Refusal] = deque()
        self.busy = False  # MongoDB or Kafka is away

    def start(self) -> None:
        self._thread.start()

    def check(self) -> None:
        """Raises what broke the writer, if anything did."""
        if self._failure is not None:
            raise self._failure

    @property
    def has_room(self) -> bool:
        """Whether `offer` takes jobs now; only one thread offers."""
        return not self._jobs.full()

    def offer(self, jobs: list[Job]) -> None:
        self._jobs.put_nowait(jobs)

    def reopen(self, partition: int) -> None:
        """Take jobs of the partition again: it was loaded anew."""
        self._closed.discard(partition)

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until all that was offered is written or refused; False if it is not."""
        with self._jobs.all_tasks_done:
            return self._jobs.all_tasks_done.wait_for(
                lambda: not self._jobs.unfinished_tasks, timeout_s
            )

    def stop(self, timeout_s: float) -> bool:
        """Finish what was offered; False if that could not be done in time."""
        finished = self.wait_idle(timeout_s)
        self._stopped.set()
        self._thread.join(timeout_s)
        return finished and self._failure is None

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                jobs = self._jobs.get(timeout=0.1)
            except Empty:
                continue
            try:
                self._write(jobs)
            except BaseException as failure:  # a bug: the worker ends and starts again
                self._failure = failure
                return
            finally:
                self._jobs.task_done()

    def _write(self, jobs: list[Job]) -> None:
        closed = LoadAgain("an earlier write of the partition was refused")
        jobs = self._refuse(self._closed, jobs, closed)
        pause_s = FIRST_PAUSE_S
        while jobs and not self._stopped.is_set():
            try:
                self._flush(jobs)
            except Busy as busy:
                self._say_busy(busy)
                self._stopped.wait(pause_s)
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
            except EntriesRefused as reason:  # the other partitions go on
                accused = {parse_position(entry)[1] for entry in reason.verdicts}
                jobs = self._refuse(accused, jobs, reason)
            except LoadAgain as reason:
                jobs = self._refuse(_partitions(jobs), jobs, reason)
            else:
                self._say_written(jobs)
                return

    def _refuse(
        self, partitions: set[int], jobs: list[Job], reason: LoadAgain
    ) -> list[Job]:
        """Refuse the jobs of these partitions; answers those of others."""
        refused = [job for job in jobs if job.lane.partition in partitions]
        if refused:
            logger.warning("store.load_again", extra={"why": str(reason)})
        self._closed |= _partitions(refused)
        self.refused.extend(Refusal(job, reason) for job in refused)
        return [job for job in jobs if job.lane.partition not in partitions]

    def _say_busy(self, busy: Busy) -> None:
        metrics.count("store_busy_total")
        if not self.busy:
            logger.warning("store.busy", extra={"why": str(busy)[:300]})
        self.busy = True

    def _say_written(self, jobs: list[Job]) -> None:
        if self.busy:
            logger.info("store.busy.over")
        self.busy = False
        self.written.extend(jobs)


def _partitions(jobs: Iterable[Job]) -> set[int]:
    return {job.lane.partition for job in jobs}
