"""HTTP connections that do not wait for ever: uvicorn's own, with a patience.

uvicorn waits without end for the head of a request, so a few thousand silent clients
would use up all connections. `--http ingest.edge.connections:PatientHttp` ends them.
"""

from __future__ import annotations

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ingest.edge.limits import BODY_S

HEAD_S: Final = (
    15.0  # from the connection, or a request's first byte, to its whole head
)
REQUEST_S: Final = BODY_S + HEAD_S  # to the end of its body, whoever reads that


class PatientHttp(HttpToolsProtocol):
    """Closes a connection on which a request does not come in time."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(  # type: ignore[override]  # as uvicorn itself
        self, transport: asyncio.Transport
    ) -> None:
        super().connection_made(transport)
        self._wait(HEAD_S)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait(HEAD_S)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._wait(REQUEST_S)
        if self.parser.should_upgrade():  # a socket may be silent for hours
            self._stop_waiting()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._patience = self.loop.call_later(seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._patience = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
