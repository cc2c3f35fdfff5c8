"""A line from POST to an open tail within a second; nothing lost when it is cut."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.site import ROOT, Site

pytestmark = pytest.mark.parts

SHOWN_S = 1.0


@contextmanager
def tail(site: Site, token: str = "", **asked: str) -> Iterator[ClientConnection]:
    headers = {"Authorization": f"Bearer {token or site.token}"}
    address = f"{site.address.replace('http', 'ws')}/ws/tail?{urlencode(asked)}"
    with connect(address, additional_headers=headers, proxy=None) as socket:
        yield socket


def frame(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        received: dict[str, Any] = json.loads(socket.recv(timeout=20))
        if received["type"] == kind:
            return received


def lines(service: str, first: int, count: int) -> str:
    entries = [
        {"service": service, "message": f"line {number}"}
        for number in range(first, first + count)
    ]
    return json.dumps(entries)


def test_a_posted_line_is_in_an_open_tail_within_a_second(site: Site) -> None:
    with tail(site, q="lighthouse") as socket:
        frame(socket, "hello")

        posted = time.monotonic()
        assert site.post('{"message": "lighthouse is on"}').status_code == 202
        [entry] = frame(socket, "entries")["entries"]

    assert time.monotonic() - posted < SHOWN_S
    assert entry["message"] == "lighthouse is on"
    site.wait_until_visible()
    assert site.get(f"/api/logs/{entry['id']}").json() == entry


def test_a_stranger_is_refused(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused, tail(site, token="lgs_unknown"):
        pass

    assert refused.value.response.status_code == 403


def test_a_cut_tail_gets_all_that_is_stored_and_nothing_twice(site: Site) -> None:
    stop = threading.Event()
    sender = threading.Thread(target=_send_until, args=(site, stop))
    seen: list[str] = []
    with tail(site, service="cut") as socket:
        frame(socket, "hello")
        sender.start()
        cursor = _read(socket, seen, seconds=1.5)

    time.sleep(1.5)  # away: the rest has to come from the topic
    with tail(site, service="cut", cursor=cursor) as socket:
        _read(socket, seen, seconds=1.5)
        stop.set()
        sender.join()
        _read(socket, seen, seconds=2)

    site.wait_until_visible()
    assert sorted(seen) == sorted(_stored(site, "cut"))
    assert len(seen) > 200


def _send_until(site: Site, stop: threading.Event) -> None:
    sent = 0
    while not stop.is_set():
        site.post(lines("cut", sent, 50))
        sent += 50
        stop.wait(0.1)


def _read(socket: ClientConnection, seen: list[str], seconds: float) -> str:
    """Reads on for a while and until a status says that nothing waits."""
    cursor, deadline = "", time.monotonic() + seconds
    while True:
        received = json.loads(socket.recv(timeout=20))
        assert received["type"] not in ("skipped", "gap", "error")
        cursor = received["cursor"]
        seen += [entry["id"] for entry in received.get("entries", ())]
        if received["type"] == "status" and time.monotonic() > deadline:
            return str(cursor)


def _stored(site: Site, service: str) -> list[str]:
    page = site.get("/api/logs", service=service, limit=1000).json()
    ids = [item["id"] for item in page["items"]]
    while page["next"]:
        page = site.get(
            "/api/logs", service=service, limit=1000, cursor=page["next"]
        ).json()
        ids += [item["id"] for item in page["items"]]
    return ids


def test_the_command_shows_lines_as_they_come(site: Site) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), "tail", "harbour"]
    where = ["--url", site.address, "--token", site.token, "--json"]
    with subprocess.Popen(
        [*command, *where], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        posting = threading.Timer(0, _post_until_seen, (site, process))
        posting.start()
        assert process.stdout
        entry = json.loads(process.stdout.readline())
        process.terminate()

    posting.join()
    assert entry["message"] == "harbour is open"


def _post_until_seen(site: Site, process: subprocess.Popen[str]) -> None:
    while process.poll() is None:
        site.post('{"message": "harbour is open"}')
        time.sleep(0.2)
