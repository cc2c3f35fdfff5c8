"""Keeps requests on disk while Kafka is away: synced before they are answered 202."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest import metrics
from ingest.edge.spoolfile import Spooled, packed
from ingest.edge.spoolfolder import Segment, SpoolFolder, new_folder, sync_folder
from ingest.errors import Unavailable
from ingest.failpoints import reach

log = logging.getLogger(__name__)

SEGMENT_BYTES: Final = 16 * 1024 * 1024  # then a new file is begun


@dataclass(frozen=True)
class SpoolSettings:
    """Where to spool, how much, and where to ask what is stored already."""

    folder: Path
    max_bytes: int
    mongo_url: str


@dataclass(slots=True)
class _Open:
    """The segment that is written to."""

    segment: Segment
    handle: int
    size: int = 0  # of what is surely on disk


@dataclass(frozen=True, slots=True)
class _Waiting:
    record: Spooled
    data: bytes
    written: asyncio.Future[None]


class Spool:
    """The spool of one web process; made before the first request."""

    def __init__(self, settings: SpoolSettings) -> None:
        self.folder: SpoolFolder = new_folder(settings.folder)
        self._max_bytes = settings.max_bytes
        self._bytes = 0
        self._number = 0
        self._open: _Open | None = None
        self._waiting: list[_Waiting] = []
        self._lock = asyncio.Lock()
        self._writing: asyncio.Task[None] | None = None
        self._failed = False

    @property
    def refuses(self) -> bool:
        """Whether it could not take the last request."""
        return self._failed

    @property
    def is_empty(self) -> bool:
        return self._bytes == 0

    async def add(self, record: Spooled) -> None:
        """Returns when the record is on disk; raises Unavailable if it cannot be."""
        data = packed(record)
        if self._bytes + len(data) > self._max_bytes:
            self._failed = True
            raise full("SPOOL_BYTES is used up")
        self._change(len(data))
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(record, data, written))
        # A task of its own: a request that its client gives up ends only itself.
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="write-spool")
        await written

    async def _write(self) -> None:
        """All that waits, in groups: each is what came while the last was written."""
        while self._waiting:
            async with self._lock:
                await self._write_group()

    async def _write_group(self) -> None:
        group, self._waiting = self._waiting, []
        try:
            await asyncio.to_thread(self._append, group)
        except OSError as error:
            self._failed = True
            self._change(-sum(len(one.data) for one in group))
            log.error("ingest.spool.failed", extra={"error": str(error)})
            _settle(group, full(error.strerror or "the disk failed"))
            return
        self._failed = False
        _settle(group, None)

    def _append(self, group: list[_Waiting]) -> None:
        if self._open is None:
            self._open = self._begin(group[0].record.at_ms)
        data = b"".join(one.data for one in group)
        try:
            _write(self._open.handle, data)
            reach("spool_before_sync")
            os.fdatasync(self._open.handle)
        except OSError:
            self._cut()
            raise
        reach("spool_after_write")
        self._open.size += len(data)
        if self._open.size >= SEGMENT_BYTES:
            self._close()

    def _begin(self, at_ms: int) -> _Open:
        self._number += 1
        segment = Segment(self.folder.path, self._number, at_ms)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        handle = os.open(segment.path, flags, 0o600)
        sync_folder(self.folder.path)
        return _Open(segment, handle)

    def _cut(self) -> None:
        """What could not be synced was never claimed; a disk that failed once is not
        trusted with the same file again."""
        assert self._open is not None
        with suppress(OSError):
            os.ftruncate(self._open.handle, self._open.size)
        self._close()

    def _close(self) -> None:
        if self._open is not None:
            os.close(self._open.handle)
        self._open = None

    async def ready_segments(self) -> list[Segment]:
        """What can be sent, oldest first; from now on new records go elsewhere."""
        async with self._lock:
            self._close()
            return self.folder.segments()

    def removed(self, size: int) -> None:
        """A segment of so many bytes was sent and is gone."""
        self._failed = False
        self._change(-size)

    def close(self) -> None:
        """Nothing is written from now on."""
        self._close()

    def _change(self, size: int) -> None:
        self._bytes = max(0, self._bytes + size)
        metrics.gauge("ingest_spool_bytes", self._bytes)


def _write(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _settle(group: list[_Waiting], error: Unavailable | None) -> None:
    for one in group:
        if one.written.done():  # its client is gone
            continue
        if error is None:
            one.written.set_result(None)
        else:
            one.written.set_exception(error)


def full(reason: str) -> Unavailable:
    message = f"Kafka is away, and the spool takes no more: {reason}."
    return Unavailable("spool_full", message, "Send it again later.")
