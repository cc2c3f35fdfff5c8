"""What processes cost, from the operating system's accounts."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

MB = 2**20


def cpu_s(process: psutil.Process) -> float:
    """Processor seconds of a process and its children so far."""
    return sum(sum(each.cpu_times()[:2]) for each in family(process))


def rss_mb(process: psutil.Process) -> float:
    return sum(each.memory_info().rss for each in family(process)) / MB


def family(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


@dataclass
class Meter:
    """CPU of several processes between two moments, and their highest memory."""

    processes: dict[str, psutil.Process]
    peaks: dict[str, float] = field(default_factory=dict)
    _began: dict[str, float] = field(default_factory=dict)

    def begin(self) -> None:
        self._began = {name: cpu_s(each) for name, each in self.processes.items()}

    def look(self) -> None:
        for name, each in self.processes.items():
            self.peaks[name] = max(self.peaks.get(name, 0.0), rss_mb(each))

    def spent(self) -> dict[str, float]:
        """CPU seconds since `begin`."""
        return {n: cpu_s(p) - self._began[n] for n, p in self.processes.items()}


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of all lies, as measured: no interpolation."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
