"""Stops a stack from outside: signals its owner and waits until all is gone."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from logsite.embedded import lock, state

STOP_S = 180.0


def down(data: Path) -> bool:
    """Stop in order; False if nothing ran. TimeoutError if it does not end."""
    if not lock.is_held(data):
        state.forget(data)  # left by a stack that was killed
        return False
    owner = lock.owner(data)
    if owner is not None:
        with suppress(ProcessLookupError):  # it is stopping already
            os.kill(owner, signal.SIGTERM)
    if not lock.wait_until_free(data, STOP_S):
        raise TimeoutError
    state.forget(data)
    return True
