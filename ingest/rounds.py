"""Work that is done again and again beside other work, while its parts are there."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ingest.errors import Busy


def keep(
    work: Callable[[], object],
    every_s: float,
    stopping: threading.Event,
    waiting: Callable[[Busy], None],
) -> None:
    """Every so often until told to stop; `waiting` is told when it turns busy."""
    was_busy = False
    while not stopping.is_set():
        started = time.monotonic()
        try:
            work()
            was_busy = False
        except Busy as busy:
            if not was_busy:
                waiting(busy)
            was_busy = True
        stopping.wait(max(0.0, every_s - (time.monotonic() - started)))


def warner(logger: logging.Logger, event: str) -> Callable[[Busy], None]:
    """Says once why something waits."""
    return lambda busy: logger.warning(event, extra={"why": str(busy)[:300]})
