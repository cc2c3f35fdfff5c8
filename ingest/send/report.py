"""Tells a person how the sending goes: a progress bar, rejected lines, the sum."""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from ingest.send.assembly import Refusal
from ingest.send.batch import Batch
from ingest.send.client import Answer
from ingest.send.sources import Source

MAX_SHOWN: Final = 100  # rejected lines; the others are counted


class Report:
    """Listens to shipments. Bars and problems go to standard error."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.accepted = 0
        self.rejected = 0
        self.failure = ""
        self._began = time.monotonic()
        self._tasks: dict[str, TaskID] = {}
        self._waiting = ""
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[entries]:,} entries"),
            TextColumn("{task.fields[rate]:,.0f}/s"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    @property
    def complete(self) -> bool:
        """Whether everything was accepted."""
        return self.rejected == 0 and not self.failure

    @property
    def seconds(self) -> float:
        return max(time.monotonic() - self._began, 1e-9)

    def sent(self, source: Source, batch: Batch, answer: Answer) -> None:
        self._waiting = ""
        self.accepted += answer.accepted
        numbers = [entry.number for entry in batch.entries]
        self._reject(
            source,
            [Refusal(numbers[r.index], r.code, r.error) for r in answer.rejected],
        )
        self._advance(source, batch, answer.accepted)

    def refused(self, source: Source, lines: Iterable[Refusal]) -> None:
        self._reject(source, list(lines))

    def waiting(self, reason: str) -> None:
        """A batch has to wait; each reason is told once until something is sent."""
        if reason != self._waiting:
            self.problem(f"waiting: {reason}")
        self._waiting = reason

    def failed(self, reason: str) -> None:
        """The sending ends before everything was sent."""
        self.failure = reason
        self.problem(reason)

    def problem(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def summary(self) -> str:
        rate = self.accepted / self.seconds
        entries = "entry" if self.accepted == 1 else "entries"
        return (
            f"{self.accepted:,} {entries} accepted, {self.rejected:,} rejected, "
            f"{self.seconds:.1f} s, {rate:,.0f} entries/s"
        )

    def _reject(self, source: Source, lines: list[Refusal]) -> None:
        for line in lines:
            self.rejected += 1
            if self.rejected <= MAX_SHOWN:
                self.problem(
                    f"{source.name}:{line.number}: {line.code}: {line.message}"
                )
        if lines and self.rejected - len(lines) <= MAX_SHOWN < self.rejected:
            self.problem("more rejected entries are counted, not shown")

    def _advance(self, source: Source, batch: Batch, accepted: int) -> None:
        task = self._tasks.get(source.name)
        if task is None:
            task = self._progress.add_task(
                source.name, total=source.size, entries=0, rate=0.0
            )
            self._tasks[source.name] = task
        entries = self._progress.tasks[task].fields["entries"] + accepted
        self._progress.update(
            task,
            completed=batch.end,
            entries=entries,
            rate=self.accepted / self.seconds,
        )
