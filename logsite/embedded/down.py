"""Stops a stack from outside: signals its owner and waits until all is gone."""

from __future__ import annotations

import os
import shlex
import signal
from contextlib import suppress
from pathlib import Path

from logsite.embedded import lock, state
from logsite.embedded.site import ROOT

STOP_S = 180.0
DEFAULT = ROOT / ".logsite"  # where commands look that are told no folder


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


def command_for(data: Path) -> str:
    """What people type to stop the stack on this folder, in whichever shell."""
    named = [] if data == DEFAULT else ["--data", str(data)]
    return shlex.join(["./manage.py", "down", *named])


def nothing_runs(data: Path) -> str:
    """That nothing runs there, and how to name another folder."""
    hint = "For a stack on another folder give --data DIR, or set LOGSITE_DATA=DIR."
    return f"Nothing runs on {data}. {hint}"
