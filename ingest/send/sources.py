"""Where lines come from: a file to its end, a stream as it comes."""

from __future__ import annotations

import gzip
import os
import queue
import stat
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from ingest.send.reader import RawLine, read_lines

_GZIP: Final = b"\x1f\x8b"
_READ_AHEAD: Final = 5_000  # lines of a stream that wait in memory
_ROTATED: Final = (".gz", ".bz2", ".old", ".bak", ".log", ".txt", ".json", ".jsonl")


class Source(Protocol):
    """Something that has lines, now or later."""

    name: str
    identity: str  # the same for the same file, at every run
    size: int | None  # bytes, where the end is known
    ended: bool

    def read(self) -> Iterator[RawLine | None]:
        """The lines that are there now; None where another file begins."""


class FileSource:
    """A file from its start to its end, also one packed by gzip."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)
        self.identity = str(path.resolve())
        self.packed = _is_gzip(path)
        self.size = None if self.packed else path.stat().st_size
        self.ended = False

    def read(self) -> Iterator[RawLine | None]:
        with self._open() as handle:
            yield from read_lines(handle)
        self.ended = True

    def _open(self) -> BinaryIO:
        if self.packed:
            return cast("BinaryIO", gzip.open(self.path, "rb"))
        return self.path.open("rb")


class StreamSource:
    """Standard input, read by a thread so that quiet times are noticed."""

    size: int | None = None

    def __init__(self, handle: BinaryIO, name: str = "-") -> None:
        self.name = name
        # Two runs of `date | send -` are two streams, whatever they say.
        self.identity = f"stream:{uuid.uuid4()}"
        self.ended = False
        self._lines: queue.Queue[RawLine | None] = queue.Queue(_READ_AHEAD)
        threading.Thread(target=self._fill, args=(handle,), daemon=True).start()

    def read(self) -> Iterator[RawLine | None]:
        while True:
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                return
            if line is None:
                self.ended = True
                return
            yield line

    def _fill(self, handle: BinaryIO) -> None:
        try:
            for line in read_lines(handle):
                self._lines.put(line)
        finally:
            self._lines.put(None)


def standard_input() -> Source:
    """Standard input; a file that was redirected is the file itself."""
    if stat.S_ISREG(os.fstat(sys.stdin.fileno()).st_mode):
        return FileSource(Path("/dev/stdin").resolve())
    return StreamSource(sys.stdin.buffer)


def service_of(path: Path) -> str:
    """The service that a file's name tells: nova-api.log.1.gz is nova-api."""
    name = path.name
    while (shorter := _without_end(name)) != name:
        name = shorter
    return name


def _without_end(name: str) -> str:
    stem, dot, end = name.rpartition(".")
    is_end = f".{end}" in _ROTATED or end.replace("-", "").isdigit()
    return stem if dot and stem and is_end else name


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(2) == _GZIP
