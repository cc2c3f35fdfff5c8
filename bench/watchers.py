"""Many tails of one web process, and what each of them was told."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect

PER_TOKEN = 20  # tails of one token in one web process
# A word of each of the templates that the load is made of.
WORDS = (
    *("Failed", "items", "PacketResponder", "Finished", "session"),
    *("nova", "xhci_hcd", "declined", "mod_jk", "committing"),
)
PROBE = re.compile(rb"probe-(\d+)")
EVERY_S = 0.5  # between two probes
SETTLE_S = 3.0  # before the first probe, and behind the last


class Frame(msgspec.Struct):
    """Of a frame what is counted."""

    type: str
    entries: list[msgspec.Raw] = []
    count: int = 0
    behind: int = 0
    waiting: int = 0


@dataclass
class Watcher:
    """One socket: probes it saw, entries that it got and that it was told of."""

    word: str
    seen: dict[int, float] = field(default_factory=dict)
    received: int = 0
    skipped: int = 0
    frames: int = 0
    bytes: int = 0
    up_to_date: bool = False

    @property
    def told(self) -> int:
        return self.received + self.skipped

    async def watch(self, port: int, token: str, opened: asyncio.Event) -> None:
        address = f"ws://127.0.0.1:{port}/ws/tail?{urlencode({'q': self.word})}"
        async with connect(
            address,
            additional_headers={"Authorization": f"Bearer {token}"},
            compression=None,
            max_size=None,
            proxy=None,
        ) as socket:
            await self._read(socket, opened)

    async def _read(self, socket: ClientConnection, opened: asyncio.Event) -> None:
        decode = msgspec.json.Decoder(Frame).decode
        while True:
            received = await socket.recv(decode=False)
            now = time.perf_counter()
            frame = decode(received)
            for probe in PROBE.findall(received):
                self.seen.setdefault(int(probe), now)
            self.frames += 1
            self.bytes += len(received)
            self.received += len(frame.entries)
            self.skipped += frame.count
            if frame.type == "hello":
                opened.set()
            elif frame.type == "status":
                self.up_to_date = not (frame.behind or frame.waiting)


@dataclass
class Watched:
    """All sockets, and when each probe was acknowledged."""

    watchers: list[Watcher]
    acknowledged: dict[int, float]
    cpu_s: float  # of this client
    took_s: float

    @property
    def seconds(self) -> list[float]:
        """From each acknowledgement to each socket; a socket may be faster."""
        return [
            max(0.0, at - self.acknowledged[probe])
            for watcher in self.watchers
            for probe, at in watcher.seen.items()
        ]

    @property
    def unseen(self) -> int:
        """Probes that were counted only, as part of a sample."""
        return len(self.watchers) * len(self.acknowledged) - len(self.seconds)


async def watch(
    port: int,
    tokens: Sequence[str],
    sockets: int,
    begun: Callable[[], None],
    is_loaded: Callable[[], bool],
) -> Watched:
    """Watch and probe while there is load, and until every socket was told of all."""
    began, spent = time.perf_counter(), time.process_time()
    watchers = [Watcher(WORDS[number % len(WORDS)]) for number in range(sockets)]
    opened = [asyncio.Event() for _ in watchers]
    tails = [
        asyncio.create_task(watcher.watch(port, tokens[number // PER_TOKEN], event))
        for number, (watcher, event) in enumerate(zip(watchers, opened, strict=True))
    ]
    await asyncio.gather(*(one.wait() for one in opened))
    await asyncio.sleep(SETTLE_S)
    begun()
    acknowledged = await _probe(port, tokens[0], is_loaded)
    while True:
        await asyncio.sleep(SETTLE_S)
        if all(watcher.up_to_date for watcher in watchers):
            break
    for tail in tails:
        tail.cancel()
    await asyncio.gather(*tails, return_exceptions=True)
    took = time.perf_counter() - began
    return Watched(watchers, acknowledged, time.process_time() - spent, took)


async def _probe(
    port: int, token: str, is_loaded: Callable[[], bool]
) -> dict[int, float]:
    """Entries that all filters match, each posted by itself."""
    acknowledged: dict[int, float] = {}
    headers = {"Authorization": f"Bearer {token}"}
    address = f"http://127.0.0.1:{port}/api/logs"
    async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
        while not is_loaded():
            number = len(acknowledged)
            text = f"probe-{number} {' '.join(WORDS)}"
            answer = await client.post(address, json={"message": text}, timeout=30)
            answer.raise_for_status()
            acknowledged[number] = time.perf_counter()
            await asyncio.sleep(EVERY_S)
    return acknowledged
