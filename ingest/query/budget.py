"""How long a search may take before it answers with what it has."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Allowance:
    seconds: float = 2.5
    entries: int = 1_000_000


class Budget:
    """What is left of an allowance."""

    def __init__(
        self, allowance: Allowance, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.examined = 0
        self._allowance = allowance
        self._clock = clock
        self._deadline = clock() + allowance.seconds

    def spent(self) -> str | None:
        """The reason to stop, if there is one."""
        if self.examined >= self._allowance.entries:
            return "examined"
        return "time" if self._clock() >= self._deadline else None
