"""Sends each connection of the web process to who answers it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, Protocol

from ingest.edge.doors import is_for_a_door

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


class Edge(Protocol):
    """What accepts entries; it has a producer to start and to flush."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class Companion(Protocol):
    """What runs beside the edge, and never in its way."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Web:
    """The ASGI application: lifespan, the edge's doors, and the site."""

    def __init__(
        self, edge: Edge, site: AsgiApp, beside: Sequence[Companion] = ()
    ) -> None:
        self.edge = edge
        self.site = site
        self.beside = beside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif is_for_edge(scope):
            await self.edge(scope, receive, send)
        else:
            await self.site(scope, receive, send)

    async def live(self, receive: Receive, send: Send) -> None:
        """Start the edge before the first request, flush it after the last."""
        await receive()  # lifespan.startup
        try:
            await self.edge.start()
            for companion in self.beside:
                await companion.start()
        except Exception as error:
            log.exception("logsite.web.start_failed")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown
        await self.edge.stop()
        for companion in self.beside:
            await companion.stop()
        await send({"type": "lifespan.shutdown.complete"})


def is_for_edge(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    return is_for_a_door(scope["method"], scope["path"])
