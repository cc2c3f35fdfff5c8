"""One source on its way: lines are read, batches posted, rejections told by line."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from ingest.formats.linetimes import Reading
from ingest.send.assembly import Assembly, Refusal
from ingest.send.batch import Batch
from ingest.send.client import Answer, Client
from ingest.send.follow import FollowSource, Place
from ingest.send.journal import Journal, Saved
from ingest.send.pace import Pace
from ingest.send.reader import RawLine
from ingest.send.sources import Source

_RENEW: Final = timedelta(hours=1)
QUIET_S: Final = 1.0  # after so long without a line, what is open is sent


class Listener(Protocol):
    """Who is told how the sending goes."""

    def sent(self, source: Source, batch: Batch, answer: Answer) -> None: ...
    def refused(self, source: Source, lines: Iterable[Refusal]) -> None: ...


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where batches go, how fast, and who is told."""

    client: Client
    listener: Listener
    pace: Pace | None = None
    sleep: Callable[[float], None] = time.sleep

    def post(self, source: Source, batch: Batch) -> None:
        if self.pace is not None:
            self.sleep(self.pace.wait_s(time.monotonic()))
            self.pace.did(len(batch.entries))
        answer = self.client.post(batch.body, batch.key(source.identity))
        self.listener.sent(source, batch, answer)


class Shipment:
    """A source, the batches made of it, and the outlet that they go through."""

    def __init__(self, source: Source, assembly: Assembly, outlet: Outlet) -> None:
        self.source = source
        self.assembly = assembly
        self.outlet = outlet
        self._read_at = self._sent_at = time.monotonic()
        self._now = assembly.settings.reading.now

    def poll(self) -> bool:
        """Send what can be read now; whether there was anything."""
        self._renew(datetime.now(UTC))
        busy = False
        for line in self.source.read():
            busy = True
            if line is None:
                self.finish()
            else:
                self._take(line)
        self._tell_refused()
        self._after_reading(busy)
        return busy

    def finish(self) -> None:
        """Send also what might still have gone on."""
        self._post(self.assembly.finish())

    def _take(self, line: RawLine) -> None:
        self._post(self.assembly.add(line))

    def _after_reading(self, busy: bool) -> None:
        now = time.monotonic()
        if busy:
            self._read_at = now
        if self.source.ended or now - self._read_at >= QUIET_S:
            self.finish()
        elif now - self._sent_at >= QUIET_S:
            self._post(self.assembly.flush())

    def _renew(self, now: datetime) -> None:
        """Sources without an end live on; the years of their lines are told anew."""
        if self.source.size is None and now - self._now > _RENEW:
            self._now = now
            self.assembly.renew(Reading(now, self.assembly.settings.reading.zone))

    def _post(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            self.outlet.post(self.source, batch)
            self._sent_at = time.monotonic()

    def _tell_refused(self) -> None:
        if self.assembly.refused:
            self.outlet.listener.refused(self.source, self.assembly.refused)
            self.assembly.refused.clear()


class FollowedShipment(Shipment):
    """A shipment that can be taken up again by a later start."""

    source: FollowSource

    def __init__(
        self,
        source: FollowSource,
        assembly: Assembly,
        outlet: Outlet,
        journal: Journal,
    ) -> None:
        super().__init__(source, assembly, outlet)
        self.journal = journal
        saved = journal.load()
        self._repeat_to = saved.sending_to if saved and source.resumed else 0

    def _take(self, line: RawLine) -> None:
        super()._take(line)
        if self._repeat_to and line.end >= self._repeat_to:
            self._repeat_to = 0
            self.finish()  # the border that the batch under way had before

    def _post(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            device, inode = self.source.file_id
            before = Place(device, inode, batch.start, batch.entries[0].number - 1)
            self.journal.save(Saved(before, batch.end))
            super()._post((batch,))
            self.journal.save(Saved(Place(device, inode, batch.end, batch.last)))
