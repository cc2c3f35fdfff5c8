"""What a web process serves that only accepts logs (WEB_ROLE=ingest)."""

from __future__ import annotations

import json
from typing import Any, Final

from logsite.web import AsgiApp, Receive, Scope, Send

# Beside the doors, at which the edge answers before anybody else is asked.
PATHS: Final = frozenset(("/healthz", "/readyz", "/metrics"))
NOT_HERE: Final = {
    "code": "not_found",
    "message": "This process accepts logs and nothing else.",
    "hint": "Ask the site: this is a web process with WEB_ROLE=ingest.",
}


class IngestOnly:
    """The site without its pages, API and sockets: health and metrics are left."""

    def __init__(self, site: AsgiApp) -> None:
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["path"] in PATHS:
            await self.site(scope, receive, send)
        else:
            await answer_404(send)


async def answer_404(send: Send) -> None:
    body = json.dumps({"error": NOT_HERE}).encode()
    headers: list[Any] = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})
