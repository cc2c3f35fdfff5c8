"""The web process sends each connection to who answers it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest

from ingest.edge.doors import DOORS
from logsite.web import Web

Message = MutableMapping[str, Any]


class RecordingEdge:
    """Remembers what it was told."""

    def __init__(self, broken: bool = False) -> None:
        self.broken = broken
        self.told: list[str] = []

    async def start(self) -> None:
        if self.broken:
            raise OSError("no broker has this name")
        self.told.append("start")

    async def stop(self) -> None:
        self.told.append("stop")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.told.append(f"{scope['method']} {scope['path']}")


def connection(method: str, path: str) -> Message:
    return {"type": "http", "method": method, "path": path}


async def nothing() -> Message:
    return {}


async def ignore(_message: Message) -> None:
    return None


@pytest.fixture
def edge() -> RecordingEdge:
    return RecordingEdge()


@pytest.fixture
def site() -> RecordingEdge:
    return RecordingEdge()


@pytest.mark.parametrize("path", [path for door in DOORS for path in door.paths])
async def test_the_edge_answers_what_is_posted_to_a_door(
    edge: RecordingEdge, site: RecordingEdge, path: str
) -> None:
    await Web(edge, site)(connection("POST", path), nothing, ignore)

    assert (edge.told, site.told) == ([f"POST {path}"], [])


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/logs"), ("POST", "/api/logs/"), ("POST", "/login"), ("GET", "/")],
)
async def test_the_site_answers_everything_else(
    edge: RecordingEdge, site: RecordingEdge, method: str, path: str
) -> None:
    await Web(edge, site)(connection(method, path), nothing, ignore)

    assert (edge.told, site.told) == ([], [f"{method} {path}"])


async def test_what_runs_beside_the_edge_starts_and_stops_after_it() -> None:
    told: list[str] = []
    edge, companion = RecordingEdge(), RecordingEdge()
    edge.told = companion.told = told

    await Web(edge, edge, [companion]).live(nothing, ignore)

    assert told == ["start", "start", "stop", "stop"]


async def live(edge: RecordingEdge) -> list[str]:
    sent: list[str] = []

    async def send(message: Message) -> None:
        sent.append(message["type"])

    await Web(edge, RecordingEdge())({"type": "lifespan"}, nothing, send)
    return sent


async def test_it_starts_the_edge_first_and_flushes_it_last(
    edge: RecordingEdge,
) -> None:
    sent = await live(edge)

    assert edge.told == ["start", "stop"]
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_it_says_when_the_edge_cannot_start() -> None:
    assert await live(RecordingEdge(broken=True)) == ["lifespan.startup.failed"]
