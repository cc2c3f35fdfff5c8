"""The folder of one web process under SPOOL_DIR: locked while somebody works on it."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ingest import metrics

log = logging.getLogger(__name__)

LOCK: Final = "lock"
SUFFIX: Final = ".spool"
DAMAGED: Final = "damaged"  # under SPOOL_DIR; nothing in it is ever deleted


@dataclass(frozen=True, slots=True)
class Segment:
    """One file, `NUMBER-OLDEST[-ATTEMPTED].spool`; the times are in Unix ms."""

    folder: Path
    number: int
    oldest_ms: int  # when its first record was spooled
    attempted_ms: int | None = None  # when it was first tried to send it

    @property
    def path(self) -> Path:
        times = [self.oldest_ms]
        if self.attempted_ms is not None:
            times.append(self.attempted_ms)
        name = "-".join([f"{self.number:08d}", *map(str, times)])
        return self.folder / f"{name}{SUFFIX}"

    def attempted(self, now_ms: int) -> Segment:
        """Write down, before the first attempt, when that is."""
        if self.attempted_ms is not None:
            return self
        marked = replace(self, attempted_ms=now_ms)
        self.path.rename(marked.path)
        sync_folder(self.folder)
        return marked

    def remove(self) -> None:
        self.path.unlink()


class SpoolFolder:
    """A folder of segments that only this process may touch until it lets go."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    @property
    def name(self) -> str:
        return self.path.name

    def segments(self) -> list[Segment]:
        """Oldest first."""
        names = self.path.glob(f"*{SUFFIX}") if self.path.exists() else ()
        found = (_segment(self.path, name.name) for name in names)
        return sorted(found, key=lambda segment: segment.number)

    def quarantine(self, segment: Segment, data: bytes, good: int) -> None:
        """Keep what cannot be read, for people, and tell them."""
        damaged = self.path.parent / DAMAGED
        damaged.mkdir(exist_ok=True)
        target = damaged / f"{self.name}-{segment.number:08d}-{good}"
        target.write_bytes(data[good:])
        metrics.count("ingest_spool_damaged_bytes_total", len(data) - good)
        log.error("ingest.spool.damaged", extra={"kept_in": str(target)})

    def remove(self) -> None:
        """Nothing is left in it."""
        with suppress(OSError):
            (self.path / LOCK).unlink()
            self.path.rmdir()
        self.let_go()

    def let_go(self) -> None:
        """Whoever comes next may have it."""
        os.close(self._lock)


def new_folder(root: Path) -> SpoolFolder:
    """A folder of our own: locked before anybody can see it under its name."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{socket.gethostname()}-{secrets.token_hex(6)}"
    draft = root / f".{name}"
    draft.mkdir(mode=0o700)
    lock = os.open(draft / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    draft.rename(root / name)
    sync_folder(root)
    return SpoolFolder(root / name, lock)


def abandoned(root: Path) -> Iterator[SpoolFolder]:
    """Folders whose process is gone, from now on ours."""
    for lock_file in sorted(root.glob(f"[!.]*/{LOCK}")):
        lock = _locked(lock_file)
        if lock is None:
            continue
        log.info("ingest.spool.adopted", extra={"folder": lock_file.parent.name})
        yield SpoolFolder(lock_file.parent, lock)


def _locked(file: Path) -> int | None:
    try:
        lock = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:  # somebody else was quicker
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def sync_folder(path: Path) -> None:
    """A new name is on disk only when its folder is."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _segment(folder: Path, name: str) -> Segment:
    number, oldest, *attempted = map(int, name.removesuffix(SUFFIX).split("-"))
    return Segment(folder, number, oldest, attempted[0] if attempted else None)
