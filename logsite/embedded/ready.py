"""Waiting until each part proves that it is ready, as a short live list with times."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

from rich.console import Console
from rich.live import Live
from rich.table import Table

TIMEOUT_S = 120.0
PAUSE_S = 0.1


@dataclass(frozen=True)
class Check:
    """How one process proves that it is ready."""

    name: str
    port: int | None
    probe: Callable[[], bool]


class NotReady(Exception):
    """A part did not become ready; `name` is the first one."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} did not become ready in {TIMEOUT_S:.0f} s.")
        self.name = name


class Board:
    """The list that people see: redrawn on a terminal, else a line as each is ready."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._since: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._ports: dict[str, int | None] = {}

    @contextmanager
    def shown(self) -> Iterator[None]:
        if not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self._table, console=self._console):
            yield

    def started(self, check: Check) -> None:
        self._since[check.name] = time.monotonic()
        self._ports[check.name] = check.port

    def ready(self, check: Check) -> None:
        self._took[check.name] = time.monotonic() - self._since[check.name]
        if not self._console.is_terminal:
            took = f"{self._took[check.name]:.1f} s"
            said = [f"{check.name} ready", _port(check.port), took]
            self._console.print(", ".join(filter(None, said)))

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        now = time.monotonic()
        for name, since in self._since.items():
            took = self._took.get(name)
            mark = "[yellow]…[/]" if took is None else "[green]✓[/]"
            seconds = now - since if took is None else took
            table.add_row(mark, name, _port(self._ports[name]), f"{seconds:5.1f} s")
        return table


def _port(port: int | None) -> str:
    return f"port {port}" if port else ""


def wait_for(checks: Iterable[Check], board: Board, alive: Callable[[], bool]) -> None:
    """Ask all of them at once until each has said yes."""
    checks, gave_up = list(checks), Event()
    with ThreadPoolExecutor(len(checks)) as pool:
        waits = {
            check.name: pool.submit(_wait, check, board, alive, gave_up)
            for check in checks
        }
        try:
            for name, wait in waits.items():
                if not wait.result():
                    raise NotReady(name)
        finally:
            gave_up.set()


def _wait(
    check: Check, board: Board, alive: Callable[[], bool], gave_up: Event
) -> bool:
    deadline = time.monotonic() + TIMEOUT_S
    while alive():
        if check.probe():
            board.ready(check)
            return True
        if time.monotonic() > deadline or gave_up.wait(PAUSE_S):
            return False
    return False
