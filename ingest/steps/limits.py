"""How many dead letters are too many: then a partition stops, as something is wrong.

A deployment that sends nonsense would fill the dead letters otherwise, unseen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ingest.errors import BadEntry
from ingest.fold.message import Message, Piece, each

_GOES_ON: Final = -1


@dataclass(frozen=True)
class Limits:
    """A partition stops before the message that would go beyond one; 0 = no limit."""

    ratio: float = 0.5  # of the dead among the last `window` offsets
    window: int = 1_000
    run: int = 1_000  # dead letters in a row


@dataclass(frozen=True)
class Stop:
    """Where a partition stops, and why. Nothing from `offset` on is written."""

    offset: int
    reason: str


@dataclass
class _Dead:
    offset: int
    run: int  # how many there are in a row, with this one
    followed: int = _GOES_ON  # offset of the first good message after it


class Tally:
    """Which of a partition's last messages were dead."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._dead: list[_Dead] = []
        self._next = 0
        self._allowed_to = 0
        self.stop: Stop | None = None

    def admit(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """Those up to where the partition stops: as a rule all."""
        if self.stop is not None:
            return ()
        if pieces and not any(map(_is_bad, pieces)):  # this is how it should be
            self._note_good(pieces[0].offset)
            self._next = pieces[-1].end
            return pieces
        messages = list(each(pieces))
        for place, message in enumerate(messages):
            self._judge(message)
            if self.stop is not None:
                return messages[:place]
        return pieces

    def rewind(self, offset: int, allowed_to: int) -> None:
        """Messages from here on are read again, and may be judged otherwise.

        Dead letters before `allowed_to` were allowed by somebody, whatever the limits.
        """
        while self._dead and self._dead[-1].offset >= offset:
            self._dead.pop()
        if self._dead and self._dead[-1].followed >= offset:
            self._dead[-1].followed = _GOES_ON
        self._next, self._allowed_to, self.stop = offset, allowed_to, None

    def _judge(self, message: Message) -> None:
        offset = message.offset
        if offset < self._next:
            return
        if not isinstance(message.content, BadEntry):
            self._note_good(offset)
        elif reason := self._exceeds(offset):
            self.stop = Stop(offset, reason)
            return
        self._next = message.end

    def _note_good(self, offset: int) -> None:
        if self._dead and self._dead[-1].followed == _GOES_ON:
            self._dead[-1].followed = offset

    def _exceeds(self, offset: int) -> str:
        """Count a dead letter in; the limit beyond which it goes, or nothing."""
        limits = self._limits
        newest = _Dead(offset, self._run() + 1)
        in_window = self._since(offset - limits.window) + 1
        if offset >= self._allowed_to:
            if limits.run and newest.run > limits.run:
                return f"more than {limits.run:,} dead letters in a row"
            if (
                limits.window
                and limits.ratio
                and in_window > limits.ratio * limits.window
            ):
                return (
                    f"{in_window:,} dead letters among {limits.window:,} messages, "
                    f"more than {limits.ratio:.0%}"
                )
        self._dead.append(newest)
        self._forget(offset - max(limits.window, limits.run))
        return ""

    def _run(self) -> int:
        last = self._dead[-1] if self._dead else None
        return last.run if last and last.followed == _GOES_ON else 0

    def _since(self, offset: int) -> int:
        return len(self._dead) - bisect_right(self._dead, offset, key=_offset)

    def _forget(self, offset: int) -> None:
        old = bisect_right(self._dead, offset, key=_offset)
        if old > len(self._dead) // 2:  # seldom: it moves all others
            del self._dead[:old]


def _is_bad(piece: Piece) -> bool:
    return isinstance(piece, Message) and isinstance(piece.content, BadEntry)


def _offset(dead: _Dead) -> int:
    return dead.offset
