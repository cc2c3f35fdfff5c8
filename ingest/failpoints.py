"""Places where a test can end, delay or break a process that is on its way.

`FAILPOINT=NAME:ACTION[:NTH]` arms one of them, for the life of the process. Settings
refuse it without `DEBUG`, so that no site that people rely on can carry it.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Final

NAMES: Final = (
    "after_produce",  # web: handed to the client, not acknowledged yet
    "before_ack",  # web: all brokers have it, the sender does not know
    "spool_before_sync",
    "spool_after_write",
    "after_fetch",  # store worker, from here on
    "after_decode",
    "before_insert",
    "after_insert",
    "before_dead",
    "after_dead",
    "before_block",
    "after_block",
    "before_head",
    "after_head",
    "before_commit",
    "after_commit",
    "in_revoke",
    "after_claim",  # replay of dead letters: claimed, nothing sent
    "before_settle",  # all brokers have them, nobody wrote that down
    "before_export_piece",
    "after_export_piece",  # export: written, nobody counted it
)
KILLED: Final = 137  # the exit code after kill -9


class Reached(RuntimeError):
    """The failpoint with the action `raise` was reached: an error nobody expects."""


@dataclass
class Failpoint:
    """What happens when a place is reached, the nth time only or (0) every time."""

    name: str
    action: str
    seconds: float = 0.0
    nth: int = 0
    reached: int = 0

    def act(self) -> None:
        self.reached += 1
        if self.nth not in (0, self.reached):
            return
        if self.action == "exit137":
            os._exit(KILLED)
        if self.action == "raise":
            raise Reached(self.name)
        time.sleep(self.seconds)


def parse(text: str) -> Failpoint | None:
    """Read `before_block:exit137`, `after_insert:sleep 2:3`; None when empty."""
    if not text:
        return None
    name, _, rest = text.partition(":")
    action, _, nth = rest.partition(":")
    action, _, seconds = action.partition(" ")
    known = action in ("exit137", "raise") if not seconds else action == "sleep"
    if name not in NAMES or not known:
        message = f"{text!r} is not NAME:exit137|raise|sleep SECONDS[:NTH]"
        raise ValueError(message)
    return Failpoint(name, action, float(seconds or 0), int(nth or 0))


_armed: Final = parse(os.environ.get("FAILPOINT", ""))


def reach(name: str) -> None:
    """This place is reached: nothing happens, unless a test armed it."""
    if _armed is not None and _armed.name == name:
        _armed.act()
