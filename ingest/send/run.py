"""`manage.py send`: opens the sources, and sends or follows all of them."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Final

from rich.console import Console

from ingest.formats.linetimes import Reading
from ingest.send.assembly import Assembly, Format, Settings
from ingest.send.batch import entries_per_batch
from ingest.send.client import PATIENCE_S, Client, NotSent
from ingest.send.follow import FollowSource
from ingest.send.journal import Journal
from ingest.send.pace import Pace
from ingest.send.report import Report
from ingest.send.shipment import FollowedShipment, Outlet, Shipment
from ingest.send.sources import FileSource, service_of, standard_input

STANDARD_INPUT: Final = "-"
_POLL_S: Final = 0.2  # how often a source without news is looked at
# Images and archives may carry a made-up time of last change; none is older.
_OLDEST_CHANGE: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent, and how."""

    paths: tuple[str, ...]
    url: str
    token: str
    service: str | None = None
    format: Format = "auto"
    zone: tzinfo = UTC
    follow: bool = False
    rate: float | None = None
    journal_dir: Path = Path(".logsite/send")


def send(order: Order, console: Console) -> Report:
    """Send everything; the report says whether all of it was accepted."""
    report = Report(console)
    client = Client(
        order.url,
        order.token,
        patience_s=None if order.follow else PATIENCE_S,
        on_wait=report.waiting,
    )
    pace = Pace(order.rate, time.monotonic()) if order.rate else None
    try:
        with closing(client), report:
            _send_all(order, Outlet(client, report, pace))
    except (NotSent, OSError) as error:
        report.failed(str(error))
    except KeyboardInterrupt:
        report.failed("interrupted")
    return report


def _send_all(order: Order, outlet: Outlet) -> None:
    shipments = [_shipment(order, path, outlet) for path in order.paths]
    try:
        _drain(shipments)
    except KeyboardInterrupt:
        if not order.follow:
            raise  # a batch that ends early would be another one at the next run
        for shipment in shipments:
            shipment.finish()


def _drain(shipments: list[Shipment]) -> None:
    """Until every source has ended; sources that are followed never do."""
    active = shipments
    while active:
        busy = [shipment.poll() for shipment in active]
        active = [shipment for shipment in active if not shipment.source.ended]
        if active and not any(busy):
            time.sleep(_POLL_S)


def _shipment(order: Order, path: str, outlet: Outlet) -> Shipment:
    now = datetime.now(UTC)
    if path == STANDARD_INPUT:
        source = standard_input()
        assembly = Assembly(_settings(order, order.service, now))
        return Shipment(source, assembly, outlet)
    file = Path(path)
    service = order.service or service_of(file)
    if order.follow:
        return _followed(order, file, Assembly(_settings(order, service, now)), outlet)
    settings = _settings(order, service, _newest_line(file, now))
    return Shipment(FileSource(file), Assembly(settings), outlet)


def _followed(
    order: Order, file: Path, assembly: Assembly, outlet: Outlet
) -> FollowedShipment:
    journal = Journal(order.journal_dir, order.url, str(file.resolve()))
    saved = journal.load()
    source = FollowSource(file, saved.place if saved else None)
    return FollowedShipment(source, assembly, outlet, journal)


def _settings(order: Order, service: str | None, newest: datetime) -> Settings:
    reading = Reading(newest, order.zone)
    return Settings(reading, service, order.format, entries_per_batch(order.rate))


def _newest_line(file: Path, now: datetime) -> datetime:
    """When the file was changed last: no line of it is newer than that."""
    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return min(changed, now) if changed >= _OLDEST_CHANGE else now
