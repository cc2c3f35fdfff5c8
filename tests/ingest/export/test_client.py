"""Exports over HTTP: waited for, downloaded through what breaks, and checked."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import tenacity
from django.core.management import CommandError, call_command

from ingest.export import client
from ingest.export.client import Exporter, NotExported
from ingest.management.commands import export as command

FILE = b"0123456789" * 1_000
DONE = {
    "id": 7,
    "state": "done",
    "error": "",
    "percent": 100,
    "rows": 10,
    "size": len(FILE),
    "sha256": hashlib.sha256(FILE).hexdigest(),
    "is_whole": True,
    "file_name": "logs-7.ndjson.gz",
}
ASKED = {"q": "failed"}


class Breaking(httpx.SyncByteStream):
    """A connection that is cut after some bytes."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __iter__(self) -> Iterator[bytes]:
        yield self.content
        raise httpx.ReadError("cut")


class Server:
    """Answers as /api/exports; `states` are those of one export, one after another."""

    def __init__(self, *states: str, cut_at: int = 0, file: bytes = FILE) -> None:
        self.states = list(states or ("done",))
        self.cut_at = cut_at
        self.file = file
        self.asked: list[tuple[str, str]] = []
        self.remarks: list[dict[str, str]] = []
        self.busy = 0  # so many answers of 503 come first

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path))
        if self.busy and request.method == "GET":
            self.busy -= 1
            return httpx.Response(503)
        if request.url.path.endswith("/file"):
            return self.part(request)
        if request.method == "DELETE":
            return httpx.Response(204)
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return httpx.Response(200, json={**self.told(), "state": state})

    def told(self) -> dict[str, Any]:
        guess = {"exact": True, "examine": 10}
        return {**DONE, **guess, "remarks": self.remarks}

    def part(self, request: httpx.Request) -> httpx.Response:
        first = int(request.headers.get("Range", "bytes=0-")[6:-1])
        if self.cut_at and not first:
            return httpx.Response(200, stream=Breaking(self.file[: self.cut_at]))
        rest = httpx.ByteStream(self.file[first:])
        return httpx.Response(206 if first else 200, stream=rest)


def exporter(server: Any) -> Exporter:
    transport = httpx.MockTransport(server)
    return Exporter("http://test", "secret", transport, tenacity.wait_none())


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "POLL_S", 0)


def downloaded(server: Server) -> bytes:
    content = io.BytesIO()
    exporter(server).download(DONE, content, lambda _: None)
    return content.getvalue()


def test_it_waits_until_the_file_is_there() -> None:
    server = Server("waiting", "running", "done")
    asking = exporter(server)

    states = [job["state"] for job in asking.until_done(asking.start(ASKED))]
    assert states == ["waiting", "running", "done"]


def test_an_export_that_failed_is_said() -> None:
    asking = exporter(Server("failed"))

    with pytest.raises(NotExported, match="export 7 is failed"):
        list(asking.until_done(asking.start(ASKED)))


def test_a_site_that_is_busy_is_asked_again() -> None:
    server = Server("waiting", "done")
    asking, server.busy = exporter(server), 3

    assert len(list(asking.until_done(asking.start(ASKED)))) == 2


def test_a_download_goes_on_where_it_broke() -> None:
    server = Server(cut_at=1_234)

    assert downloaded(server) == FILE
    assert len(server.asked) == 2


def test_what_is_damaged_is_said() -> None:
    with pytest.raises(NotExported, match="not what was exported"):
        downloaded(Server(file=FILE[:-1] + b"x"))


def test_an_empty_file_needs_no_download() -> None:
    empty = {**DONE, "size": 0, "sha256": hashlib.sha256(b"").hexdigest()}
    exporter(Server()).download(empty, io.BytesIO(), lambda _: None)


def test_what_is_refused_is_said_as_the_site_says_it() -> None:
    said = {"error": {"code": "x", "message": "No room.", "hint": "Use gzip."}}
    asking = exporter(lambda _: httpx.Response(413, json=said))

    with pytest.raises(NotExported, match=r"No room\. Use gzip\."):
        asking.start(ASKED)


# -- The command -----------------------------------------------------------------------


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Server:
    found = Server("waiting", "done")
    monkeypatch.setattr(command, "Exporter", lambda *_: exporter(found))
    monkeypatch.chdir(tmp_path)
    return found


def test_the_command_leaves_a_file_here_and_none_there(
    server: Server, tmp_path: Path
) -> None:
    call_command("export", "failed")

    assert (tmp_path / "logs-7.ndjson.gz").read_bytes() == FILE
    assert [file.name for file in tmp_path.iterdir()] == ["logs-7.ndjson.gz"]
    assert server.asked[-1] == ("DELETE", "/api/exports/7")


def test_the_command_keeps_the_file_there_if_it_is_told_to(server: Server) -> None:
    call_command("export", "failed", "--keep")

    assert server.asked[-1] == ("GET", "/api/exports/7/file")


def test_a_damaged_file_gets_no_name(server: Server, tmp_path: Path) -> None:
    server.file = FILE[:-1] + b"x"

    with pytest.raises(CommandError, match="try again"):
        call_command("export", "failed", "--output", "errors.gz")
    assert [file.name for file in tmp_path.iterdir()] == ["errors.gz.part"]


def test_a_device_stays_what_it_is(server: Server) -> None:
    call_command("export", "failed", "--output", "/dev/null")

    assert Path("/dev/null").is_char_device()
    assert not Path("/dev/null.part").exists()


def test_ctrl_c_cancels_the_export(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    # Not that of the driver's threads, which sleep too.
    monkeypatch.setattr("ingest.export.client.time", SimpleNamespace(sleep=interrupt))
    with pytest.raises(CommandError, match="Cancelled"):
        call_command("export", "failed")
    assert server.asked[-1] == ("DELETE", "/api/exports/7")


@pytest.mark.parametrize("only", [["--estimate"], []])
def test_a_column_that_nothing_has_is_said_beside_the_file(
    server: Server, only: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    server.remarks = [{"message": "None has 'hots'. Did you mean 'host'?"}]

    call_command("export", "failed", "--columns=hots", *only)

    assert "None has 'hots'. Did you mean 'host'?" in capsys.readouterr().err
