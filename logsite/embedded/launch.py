"""Ties a process to the life of its parent, then becomes the given command.

`python -m logsite.embedded.launch KILL command...`: the kernel sends the signal when
the parent dies, however it died. It survives exec, but not fork: every process that
has to end is launched by itself. `FREE` instead of a signal asks for none.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PARENT = "LOGSITE_LAUNCHER_PID"
FREE = "FREE"


def tie_to_parent(signal_number: int, parent: int) -> None:
    """Ask for the signal; end at once if the parent was faster in dying."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal_number) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        sys.exit("The process that started this one is gone.")


def main(arguments: list[str]) -> None:
    signal_name, *command = arguments
    if signal_name != FREE:
        tie_to_parent(signal.Signals[f"SIG{signal_name}"], int(os.environ[PARENT]))
    # The command keeps this pid, so it is the parent of whatever it launches.
    os.environ[PARENT] = str(os.getpid())
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
