"""Stack traces as they are read: the frames at the top of each, the others folded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

FRAMES: Final = 4  # that are shown of each trace
MIN_FOLDED: Final = 3  # fewer lines are not worth a click

# What stands before the file and line of a call, in Java, .NET, Node, Ruby, Rust, PHP.
_CALL: Final = re.compile(
    r"\s+at \S|\s+from \S+:\d+|\s+\.\.\. \d+ (?:more|common)|#\d+ |\s*\d+: +\S+(?:::|$)"
)
_PYTHON: Final = re.compile(r'\s+File ".*", line \d+|\s+\[Previous line repeated')
_GO: Final = re.compile(r"\t\S+\.\w+:\d+")


@dataclass(frozen=True)
class Part:
    """Lines of a message, the last not included; folded ones are frames of a trace."""

    first: int
    last: int
    frames: int = 0  # how many calls are folded here; 0: it is shown


def parts(lines: list[str]) -> Iterator[Part]:
    """All lines, in order."""
    shown_from = at = 0
    while at < len(lines):
        starts = _frames(lines, at)
        end = starts[-1] if starts else at + 1
        fold = starts[FRAMES] if len(starts) > FRAMES + 1 else end
        if end - fold >= MIN_FOLDED:
            yield Part(shown_from, fold)
            yield Part(fold, end, len(starts) - 1 - FRAMES)
            shown_from = end
        at = end
    if shown_from < len(lines):
        yield Part(shown_from, len(lines))


def _frames(lines: list[str], at: int) -> list[int]:
    """Where each frame of the trace that begins there starts, and where all end."""
    starts: list[int] = []
    while at < len(lines) and (length := _length(lines, at)):
        starts.append(at)
        at += length
    return [*starts, at] if starts else []


def _length(lines: list[str], at: int) -> int:
    """How many lines the frame has that begins there; 0: none begins."""
    below = lines[at + 1] if at + 1 < len(lines) else ""
    if _CALL.match(lines[at]):
        return 1 + (bool(re.match(r"\s+at ", below)) and "::" in lines[at])
    if _PYTHON.match(lines[at]):
        indented = below[:1].isspace() and not _PYTHON.match(below)
        return 1 + indented + (indented and _is_pointer(lines, at + 2))
    return 2 if _GO.match(below) and lines[at][:1].strip() else 0


def _is_pointer(lines: list[str], at: int) -> bool:
    """The line of ^^^^ below the code of a Python frame."""
    return at < len(lines) and not lines[at].strip(" ~^") and "^" in lines[at]
