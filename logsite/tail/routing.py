"""Addresses of websockets, beside the pages."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings

from ingest.mongo import database
from ingest.tail.heads import starts
from ingest.tail.hub import Hub
from logsite.tail.socket import NoSocket, TailSocket
from logsite.web import AsgiApp

TAIL_PATH: Final = "/ws/tail"


def with_sockets(pages: AsgiApp) -> AsgiApp:
    """The site with its websockets, and the one hub of this process."""
    topic = settings.LOG_TOPIC
    hub = Hub(settings.KAFKA_BROKERS, topic, lambda id: starts(database(), topic, id))
    sockets: dict[str, Any] = {TAIL_PATH: TailSocket.as_asgi(hub=hub)}
    nowhere: Any = NoSocket.as_asgi()

    async def site(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            socket = sockets.get(scope["path"], nowhere)
            await socket(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return site
