"""The other end of a websocket, without a network."""

from __future__ import annotations

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator

WAIT_S = 60


class Client:
    """What a browser would do."""

    def __init__(self, app: Any, query: str) -> None:
        scope = {"type": "websocket", "path": "/ws/tail", "headers": []}
        asked = {"query_string": query.encode(), "subprotocols": []}
        communicator: Any = ApplicationCommunicator  # typed in part only
        self._link = communicator(app, scope | asked)

    async def connect(self) -> bool:
        """Whether the socket was accepted."""
        await self._link.send_input({"type": "websocket.connect"})
        answer = await self._link.receive_output(WAIT_S)
        return bool(answer["type"] == "websocket.accept")

    async def send(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        await self._link.send_input({"type": "websocket.receive", "text": text})

    async def frame(self, kind: str) -> dict[str, Any]:
        """The next frame of a kind."""
        while True:
            event = await self._link.receive_output(WAIT_S)
            frame: dict[str, Any] = json.loads(event["text"])
            if frame["type"] == kind:
                return frame

    async def close_code(self) -> int:
        """How the server ends it."""
        while True:
            event = await self._link.receive_output(WAIT_S)
            if event["type"] == "websocket.close":
                return int(event["code"])

    async def leave(self) -> None:
        await self._link.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._link.wait(WAIT_S)
