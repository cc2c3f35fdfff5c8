"""A growing file: new lines as they come, through rotation and truncation."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.send.reader import RawLine, read_lines


@dataclass(frozen=True, slots=True)
class Place:
    """How far a file was read: which file, and where in it."""

    device: int
    inode: int
    position: int
    number: int  # of the last line that was read


class FollowSource:
    """The file that has a name now, and whichever has it later.

    A line without its end waits for it, unless the file is replaced. A file shorter
    than what was read was truncated and is read from its start.
    """

    size: int | None = None

    def __init__(self, path: Path, place: Place | None = None) -> None:
        self.path = path
        self.name = str(path)
        self.identity = str(path.resolve())
        self.ended = False
        self._handle: BinaryIO | None = None
        self._open(place)

    @property
    def file_id(self) -> tuple[int, int]:
        """Device and inode of the open file; zeros while there is none."""
        if self._handle is None:
            return (0, 0)
        status = os.fstat(self._handle.fileno())
        return (status.st_dev, status.st_ino)

    def read(self) -> Iterator[RawLine | None]:
        if self._handle is None and not self._open(None):
            return
        yield from self._lines(whole_only=True)
        if self._was_replaced():
            yield from self._lines(whole_only=False)
            yield from self._start_again()
        elif self._was_truncated():
            yield from self._start_again()

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()
        self._handle = None

    def _open(self, place: Place | None) -> bool:
        self._position = self._number = 0
        self.resumed = False
        try:
            self._handle = self.path.open("rb")
        except FileNotFoundError:
            return False
        status = os.fstat(self._handle.fileno())
        if place and _still_holds(place, status):
            self._position, self._number = place.position, place.number
            self.resumed = True
        return True

    def _start_again(self) -> Iterator[RawLine | None]:
        yield None
        self.close()
        if self._open(None):
            yield from self._lines(whole_only=True)

    def _lines(self, whole_only: bool) -> Iterator[RawLine]:
        if self._handle is None:
            return
        self._handle.seek(self._position)
        for line in read_lines(self._handle, self._number, self._position):
            if whole_only and not line.whole:
                return
            self._position, self._number = line.end, line.number
            yield line

    def _was_replaced(self) -> bool:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return False  # between the two steps of a rotation
        return (status.st_dev, status.st_ino) != self.file_id

    def _was_truncated(self) -> bool:
        if self._handle is None:
            return False
        return os.fstat(self._handle.fileno()).st_size < self._position


def _still_holds(place: Place, status: os.stat_result) -> bool:
    same = (place.device, place.inode) == (status.st_dev, status.st_ino)
    return same and status.st_size >= place.position
