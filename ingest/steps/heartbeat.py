"""A file that is touched while a worker is well; its age is the liveness probe."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

EVERY_S: Final = 1.0


class Heartbeat:
    """Touches DIR/NAME at most once a second."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name
        self._last = 0.0

    def beat(self) -> None:
        now = time.monotonic()
        if now - self._last >= EVERY_S:
            self._last = now
            self.path.touch()
