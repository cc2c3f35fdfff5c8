"""Files and streams through the HTTP API, to a receiver in this process."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from ingest.formats.linetimes import Reading
from ingest.send import shipment as shipments
from ingest.send.assembly import Assembly, Settings
from ingest.send.client import Client, NotSent
from ingest.send.follow import FollowSource
from ingest.send.journal import Journal
from ingest.send.report import Report
from ingest.send.run import Order, send
from ingest.send.shipment import FollowedShipment, Outlet, Shipment
from ingest.send.sources import StreamSource, service_of
from tests.ingest.send.receiver import Receiver, Scripted

READING = Reading(datetime(2026, 3, 10, 12, 0, tzinfo=UTC))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


def send_files(receiver: Receiver, output: io.StringIO, *paths: Path) -> Report:
    order = Order(tuple(map(str, paths)), receiver.url, "secret")
    return send(order, Console(file=output))


def write_lines(path: Path, *numbers: int) -> Path:
    with path.open("a") as handle:
        handle.writelines(f"2026-03-09T10:11:12Z INFO line {n}\n" for n in numbers)
    return path


def test_it_sends_every_line_of_every_file(
    receiver: Receiver, output: io.StringIO, tmp_path: Path
) -> None:
    one = write_lines(tmp_path / "one.log", *range(1_500))
    two = write_lines(tmp_path / "two.log", 1, 2)

    report = send_files(receiver, output, one, two)

    assert report.complete
    assert (report.accepted, report.rejected) == (1_502, 0)
    assert [e["service"] for e in receiver.entries[-3:]] == ["one", "two", "two"]


def test_it_sends_the_same_file_twice_and_stores_it_once(
    receiver: Receiver, output: io.StringIO, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "app.log", *range(1_500))

    send_files(receiver, output, path)
    os.utime(path)
    again = send_files(receiver, output, path)

    assert again.accepted == 1_500
    assert len(receiver.entries) == 1_500


def test_it_reads_a_packed_file(
    receiver: Receiver, output: io.StringIO, tmp_path: Path
) -> None:
    path = tmp_path / "app.log.1.gz"
    path.write_bytes(gzip.compress(b"one\ntwo"))

    send_files(receiver, output, path)

    assert receiver.messages == ["one", "two"]
    assert receiver.entries[0]["service"] == "app"


def test_it_names_the_line_of_a_rejected_entry(
    output: io.StringIO, tmp_path: Path
) -> None:
    result = {"index": 1, "code": "no_message", "error": "Empty."}
    content = {"accepted": 2, "rejected": 1, "results": [result]}
    path = tmp_path / "app.log"
    path.write_text("\none\ntwo\nthree\n")

    with Receiver(Scripted(202, content)) as receiver:
        report = send_files(receiver, output, path)

    assert f"{path}:3: no_message: Empty." in output.getvalue()
    assert not report.complete
    assert "2 entries accepted, 1 rejected" in report.summary()


def test_it_says_why_it_stopped(output: io.StringIO, tmp_path: Path) -> None:
    error = {"code": "unknown_token", "message": "Not known.", "hint": ""}
    path = write_lines(tmp_path / "app.log", 1)

    with Receiver(Scripted(401, {"error": error})) as receiver:
        report = send_files(receiver, output, path)

    assert "401 unknown_token: Not known." in output.getvalue()
    assert not report.complete


def test_it_sends_nothing_when_a_file_is_missing(
    receiver: Receiver, output: io.StringIO, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "app.log", 1)

    report = send_files(receiver, output, path, tmp_path / "none.log")

    assert "none.log" in output.getvalue()
    assert not report.complete
    assert receiver.entries == []


def test_it_takes_the_year_of_old_lines_from_the_age_of_the_file(
    receiver: Receiver, output: io.StringIO, tmp_path: Path
) -> None:
    path = tmp_path / "messages"
    path.write_text("Dec 31 10:11:12 box-1 cron[1]: job done\n")
    new_year = datetime(2021, 1, 1, tzinfo=UTC).timestamp()
    os.utime(path, (new_year, new_year))

    send_files(receiver, output, path)

    assert receiver.entries[0]["timestamp"] == "2020-12-31T10:11:12Z"


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("app.log", "app"),
        ("app.log.1", "app"),
        ("nova-api.log.2026-03-09.gz", "nova-api"),
        ("events.jsonl", "events"),
        ("messages", "messages"),
        (".log", ".log"),
    ],
)
def test_it_names_the_service_after_the_file(name: str, service: str) -> None:
    assert service_of(Path(name)) == service


class TestFollowing:
    """Shipments of sources without an end, polled by hand."""

    @pytest.fixture(autouse=True)
    def no_patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shipments, "QUIET_S", 0.0)

    @pytest.fixture
    def log(self, tmp_path: Path) -> Path:
        return tmp_path / "app.log"

    @pytest.fixture
    def outlet(self, receiver: Receiver) -> Iterator[Outlet]:
        client = Client(receiver.url, "secret", patience_s=0.05, first_wait_s=0.001)
        yield Outlet(client, Report(Console(file=io.StringIO())))
        client.close()

    def start(self, log: Path, outlet: Outlet) -> FollowedShipment:
        journal = Journal(log.parent / "send", "http://here", str(log))
        saved = journal.load()
        source = FollowSource(log, saved.place if saved else None)
        return FollowedShipment(source, Assembly(Settings(READING)), outlet, journal)

    def test_it_sends_new_lines_when_the_file_is_quiet(
        self, receiver: Receiver, outlet: Outlet, log: Path
    ) -> None:
        shipment = self.start(write_lines(log, 1), outlet)

        shipment.poll()
        write_lines(log, 2)
        shipment.poll()

        assert receiver.messages == ["line 1", "line 2"]
        shipment.source.close()

    def test_it_goes_on_where_the_last_start_ended(
        self, receiver: Receiver, outlet: Outlet, log: Path
    ) -> None:
        first = self.start(write_lines(log, 1, 2), outlet)
        first.poll()
        first.source.close()

        second = self.start(write_lines(log, 3), outlet)
        second.poll()

        assert receiver.messages == ["line 1", "line 2", "line 3"]
        assert len(receiver.keys) == len(receiver.requests) == 2
        second.source.close()

    def test_it_repeats_the_batch_whose_answer_was_lost(
        self, receiver: Receiver, outlet: Outlet, log: Path
    ) -> None:
        first = self.start(write_lines(log, 1, 2), outlet)
        receiver.script += [Scripted(503)] * 50
        with pytest.raises(NotSent):
            first.poll()
        tried = receiver.requests[-1]["Idempotency-Key"]
        first.source.close()

        receiver.script.clear()
        second = self.start(write_lines(log, 3), outlet)
        second.poll()

        assert receiver.messages == ["line 1", "line 2", "line 3"]
        assert receiver.keys[0] == tried
        assert len(receiver.keys) == 2
        second.source.close()

    def test_it_starts_again_with_a_new_file(
        self, receiver: Receiver, outlet: Outlet, log: Path
    ) -> None:
        first = self.start(write_lines(log, 1, 2), outlet)
        first.poll()
        log.rename(log.with_suffix(".1"))
        write_lines(log, 3)
        first.poll()

        assert receiver.messages == ["line 1", "line 2", "line 3"]
        first.source.close()

    def test_it_sends_a_stream_to_its_end(
        self, receiver: Receiver, outlet: Outlet
    ) -> None:
        source = StreamSource(io.BytesIO(b"one\ntwo"))
        shipment = Shipment(source, Assembly(Settings(READING)), outlet)

        while not source.ended:
            shipment.poll()

        assert receiver.messages == ["one", "two"]

    def test_it_takes_every_stream_for_another(
        self, receiver: Receiver, outlet: Outlet
    ) -> None:
        for _ in range(2):
            source = StreamSource(io.BytesIO(b"one"))
            shipment = Shipment(source, Assembly(Settings(READING)), outlet)
            while not source.ended:
                shipment.poll()

        assert receiver.messages == ["one", "one"]
