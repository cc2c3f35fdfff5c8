"""Which lines go on with the entry before them: stack traces and indented text.

Known are the traces of Java, Python, Go, Node and .NET. The decision looks at one
line and at what the trace has shown so far; whether the line begins an entry by its
own time is decided before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_EXCEPTION: Final = re.compile(
    r"(?:Uncaught )?[A-Za-z_$][\w.$]*?(?:Exception|Error|Throwable|Exit|Interrupt)"
    r"(?: \[\w+\])?(?::|$)|(?:Uncaught )?Error(?: \[\w+\])?(?::|$)"
    r"|(?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:: |$)"  # a class of Java with its package
)
_FRAME: Final = re.compile(
    r"\s+(?:at [\w$.<>/ ]+ ?\(|File \".*\", line \d+|\.\.\. \d+ more)"
)
_PYTHON: Final = re.compile(
    r"Traceback \(most recent call last\):|During handling of the above exception"
    r"|The above exception was the direct cause"
)
_GO: Final = re.compile(r"panic: |fatal error: |goroutine \d+ \[|\[signal SIG")
_GO_FRAME: Final = re.compile(
    r"[\w./*\-(){}\[\]·~%@]+\(.*\)$|created by |exit status \d+$|\.\.\. ?additional"
)
_MORE: Final = re.compile(
    r"Caused by: |Suppressed: |Wrapped by: |\.\.\. \d+ (?:more|common frames omitted)"
    r"|at [\w$.<>/]+ ?\(|--- End of |\[cause\]: |[}\])]+[,;]?$"
)
_DECIDES: Final = 2_000  # characters at the start of a line; patterns see no more
_OPENS: Final = re.compile(r"Exception in thread |Unhandled exception")


class Trace(Enum):
    """What kind of trace the entry has shown so far."""

    NONE = auto()
    PYTHON = auto()  # in a traceback, before its exception line
    GO = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """The answer for one line: does it go on, and what is the trace then."""

    goes_on: bool
    trace: Trace


def opening(line: str) -> Trace:
    """The trace that a line without a time begins; NONE for ordinary text."""
    line = line[:_DECIDES]
    if _PYTHON.match(line):
        return Trace.PYTHON
    if _GO.match(line):
        return Trace.GO
    if _OPENS.match(line) or _EXCEPTION.match(line):
        return Trace.OTHER
    return Trace.NONE


def is_frame(line: str) -> bool:
    """Whether a line can only be part of a trace, whatever stands before it."""
    return _FRAME.match(line) is not None


def follow(line: str, trace: Trace, after_a_time: bool) -> Step:
    """Whether a line without a time goes on with the entry before it.

    after_a_time: the entry began with a time, so that an exception's own line
    ("ValueError: no") belongs to it and is not another entry.
    """
    line = line[:_DECIDES]
    if line[:1] in (" ", "\t"):
        return Step(True, trace)
    if trace is Trace.PYTHON:  # the exception ends the traceback, whatever its name
        return Step(True, opening(line) if _PYTHON.match(line) else Trace.OTHER)
    if _PYTHON.match(line) or _GO.match(line):
        return Step(True, opening(line))
    if trace is Trace.GO and _GO_FRAME.match(line):
        return Step(True, Trace.GO)
    if _MORE.match(line) or (after_a_time and _EXCEPTION.match(line)):
        return Step(True, Trace.OTHER)
    return Step(False, Trace.NONE)
