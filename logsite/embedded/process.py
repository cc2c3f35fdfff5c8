"""One process of the stack: what is run, and with which environment."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

LAUNCHER = "logsite.embedded.launch"


@dataclass(frozen=True)
class Process:
    name: str
    command: tuple[str, ...]
    port: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_wait_s: int = 20


def launched(command: tuple[str, ...], signal_name: str = "KILL") -> tuple[str, ...]:
    """The same command, tied to the life of the process that starts it."""
    return (sys.executable, "-m", LAUNCHER, signal_name, *command)
