"""The other end of a tail for tests: everything it was told, and up to where."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from ingest.tail.cursor import decode
from tests.site import Site

PATIENCE_S = 90.0  # for what comes by itself, on a slow machine
SENDERS = 4  # connections of a steady load
IN_REQUEST = 200  # entries of it

Frame = dict[str, Any]
Pinned = dict[str, int]  # what a search can see


@contextmanager
def tail(site: Site, token: str = "", **asked: str) -> Iterator[ClientConnection]:
    headers = {"Authorization": f"Bearer {token or site.token}"}
    address = f"{site.address.replace('http', 'ws')}/ws/tail?{urlencode(asked)}"
    with connect(
        address, additional_headers=headers, proxy=None, max_size=None
    ) as socket:
        yield socket


def frame(socket: ClientConnection, kind: str) -> Frame:
    """The next frame of a kind."""
    while True:
        received: Frame = json.loads(socket.recv(timeout=PATIENCE_S))
        if received["type"] == kind:
            return received


def frames_of(socket: ClientConnection) -> Iterator[Frame]:
    with suppress(ConnectionClosed):
        for message in socket:
            yield json.loads(message)


class Told:
    """What the frames of a tail said; of an entry its id, or what names it."""

    def __init__(self, name_of: Callable[[Frame], Any] = itemgetter("id")) -> None:
        self._name_of = name_of
        self.names: list[Any] = []
        self.stretches: list[Frame] = []  # of which only a sample was sent
        self.troubles: list[Frame] = []
        self.cursor = ""
        self.kafka = True  # whether it answers, as the newest status says

    def take(self, received: Frame) -> None:
        self.cursor = received.get("cursor", self.cursor)
        self.names += map(self._name_of, received.get("entries", ()))
        if received["type"] == "skipped":
            self.stretches.append(received)
        elif received["type"] in ("gap", "error"):
            self.troubles.append(received)
        elif received["type"] == "status":
            self.kafka = received["kafka"]

    @property
    def skipped(self) -> int:
        return sum(stretch["count"] for stretch in self.stretches)

    def is_told(self, pinned: Pinned) -> bool:
        """Whether the cursor lies behind all that a search could see."""
        seen = decode(self.cursor) if self.cursor else {}
        for name, newest in pinned.items():
            life, _, partition = name.partition(":")
            if seen.get((int(life, 16), int(partition)), 0) <= newest:
                return False
        return True


class Reader(threading.Thread):
    """Reads on and on, beside the test."""

    def __init__(self, frames: Iterator[Frame], told: Told | None = None) -> None:
        super().__init__(daemon=True)
        self.told = told or Told()
        self._frames = frames
        self.start()

    def run(self) -> None:
        for received in self._frames:
            self.told.take(received)

    def until_told(self, pinned: Pinned) -> None:
        """Of all that a search can see."""
        self.until(lambda told: told.is_told(pinned))

    def until(self, came_true: Callable[[Told], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not came_true(self.told):
            assert time.monotonic() < deadline, self.told.cursor
            assert self.is_alive(), "it was closed"
            time.sleep(0.1)


@contextmanager
def reading(site: Site, token: str = "", **asked: str) -> Iterator[Reader]:
    with tail(site, token, **asked) as link:
        frame(link, "hello")
        yield Reader(frames_of(link))


@contextmanager
def reading_until_cut(site: Site, **asked: str) -> Iterator[Reader]:
    """At the end the network is gone: nobody says goodbye."""
    with tail(site, **asked) as link:
        frame(link, "hello")
        reader = Reader(frames_of(link))
        yield reader
        link.socket.shutdown(socket.SHUT_RDWR)
        reader.join(PATIENCE_S)


def all_visible(site: Site) -> Pinned:
    """All that was acknowledged so far."""
    site.wait_until_visible()
    pinned: Pinned = site.get("/api/logs", limit=1).json()["pinned"]
    return pinned


def stored_ids(site: Site, **asked: str) -> list[str]:
    """All that search finds, page by page."""
    page = site.get("/api/logs", **asked, limit=1000).json()
    ids = [item["id"] for item in page["items"]]
    while page["next"]:
        page = site.get("/api/logs", **asked, limit=1000, cursor=page["next"]).json()
        ids += [item["id"] for item in page["items"]]
    return ids


def lines(service: str, first: int, count: int) -> str:
    entries = [
        {"service": service, "message": f"line {number}"}
        for number in range(first, first + count)
    ]
    return json.dumps(entries)


class Load:
    """Entries at fixed times: what is late is sent at once, so that the rate holds."""

    def __init__(self, site: Site, service: str, rate: int) -> None:
        self._site, self._service = site, service
        self._every_s = IN_REQUEST / rate
        self._numbers = count()
        self._taken: list[int] = []
        self._begun, self._end = time.monotonic(), math.inf
        self._stop = threading.Event()
        self._senders = [threading.Thread(target=self._send) for _ in range(SENDERS)]
        for sender in self._senders:
            sender.start()

    @property
    def sent(self) -> int:
        return IN_REQUEST * len(self._taken)

    def stop(self) -> None:
        """As soon as all is sent that is due by now."""
        self._end = time.monotonic()
        self._stop.set()
        for sender in self._senders:
            sender.join()

    def _send(self) -> None:
        with httpx.Client(base_url=self._site.address, trust_env=False) as client:
            client.headers["Authorization"] = f"Bearer {self._site.token}"
            for number in self._numbers:
                due = self._begun + number * self._every_s
                self._stop.wait(max(0.0, due - time.monotonic()))
                if due > self._end:
                    return
                body = lines(self._service, number * IN_REQUEST, IN_REQUEST)
                assert client.post("/api/logs", content=body).status_code == 202
                self._taken.append(number)


@contextmanager
def load(site: Site, service: str, rate: int) -> Iterator[Load]:
    """So many entries a second as long as the block lasts."""
    running = Load(site, service, rate)
    try:
        yield running
    finally:
        running.stop()
