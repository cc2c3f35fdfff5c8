"""A web process that only accepts logs answers nothing else."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest

from logsite.roles import IngestOnly

Message = MutableMapping[str, Any]


async def site(scope: Message, _receive: Any, send: Any) -> None:
    await send({"type": "the site", "path": scope["path"]})


async def nothing() -> Message:
    return {}


async def ask(scope: Message) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await IngestOnly(site)(scope, nothing, send)
    return sent


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_it_leaves_probes_and_metrics_to_the_site(path: str) -> None:
    sent = await ask({"type": "http", "method": "GET", "path": path})

    assert sent == [{"type": "the site", "path": path}]


@pytest.mark.parametrize("path", ["/", "/login", "/admin/", "/api/logs", "/api/docs"])
async def test_it_has_neither_pages_nor_an_api(path: str) -> None:
    start, end = await ask({"type": "http", "method": "GET", "path": path})

    assert start["status"] == 404
    assert b'"code": "not_found"' in end["body"]


async def test_it_refuses_sockets() -> None:
    sent = await ask({"type": "websocket", "path": "/ws/tail"})

    assert sent == [{"type": "websocket.close"}]
