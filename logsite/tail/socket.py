"""The websocket of the tail: who may, what was asked for, and when it ends."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Final

import msgspec
from channels.generic.websocket import AsyncWebsocketConsumer

from ingest import metrics
from ingest.errors import QueryError, Refused
from ingest.tail.frames import Tail, error_of
from ingest.tail.hub import Hub
from logsite.tail.access import Person, person_of
from logsite.tail.asked import (
    FilterMessage,
    PauseMessage,
    asked_in,
    read_message,
    tail_filter,
)

log = logging.getLogger(__name__)

CHECK_AGAIN_S: Final = 30.0  # a session or token that ended is noticed by then
STALLED_S: Final = 10.0  # nobody reads: the socket is closed
MAX_SOCKETS: Final = 20  # of one person, in one process
BAD_REQUEST: Final = 4400  # codes with which a socket is closed
NOT_ALLOWED: Final = 4401
TOO_MANY: Final = 4429
TOO_SLOW: Final = 4408

_open: Final[Counter[Person]] = Counter()


class TooManySockets(Refused):
    """One person has as many tails as this process gives them."""


class TailSocket(AsyncWebsocketConsumer):
    """One tail. Everything that is sent comes from one task."""

    hub: Hub | None = None  # both are given to as_asgi()
    check_again_s = CHECK_AGAIN_S

    def __init__(self, hub: Hub, check_again_s: float = CHECK_AGAIN_S) -> None:
        super().__init__()
        self._hub = hub
        self._check_again_s = check_again_s
        self._person: Person | None = None
        self._tail: Tail | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def connect(self) -> None:
        self._person = await asyncio.to_thread(person_of, self.scope)
        if self._person is None:
            await self.close()  # before it is accepted: 403
            return
        _open[self._person] += 1
        await self.accept()
        try:
            self._tail = self._asked()
        except Refused as refused:
            await self._refuse(refused)
            return
        for work in (self._serve(self._tail), self._check(self._person)):
            self._tasks.append(asyncio.create_task(work))
        metrics.gauge("tail_sockets", _open.total())

    def _asked(self) -> Tail:
        assert self._person
        if _open[self._person] > MAX_SOCKETS:
            raise TooManySockets(
                "too_many_tails", f"You have {MAX_SOCKETS} tails open.", "Close one."
            )
        return Tail(self._hub, *asked_in(self.scope["query_string"]))

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if self._tail is None:
            return
        try:
            message = read_message(text_data or "")
            if isinstance(message, FilterMessage):
                given = {**msgspec.structs.asdict(message), "q": [message.q]}
                self._tail.refilter(tail_filter(given))
            elif isinstance(message, PauseMessage):
                self._tail.paused = True
            else:
                self._tail.resume(message.newest)
        except QueryError as error:
            self._tail.tell(error)

    async def disconnect(self, code: int) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tail is not None:
            self._tail.leave()
        if self._person is not None:
            _open[self._person] -= 1
            if not _open[self._person]:
                del _open[self._person]
        metrics.gauge("tail_sockets", _open.total())

    # -- While it is open --------------------------------------------------------------

    async def _serve(self, tail: Tail) -> None:
        try:
            async for frame in tail.frames():
                async with asyncio.timeout(STALLED_S):
                    await self.send(text_data=frame.decode())
        except Refused as refused:
            await self._refuse(refused)
        except TimeoutError:
            tail.leave()  # first: closing waits for the reader, too
            await self.close(TOO_SLOW, "nothing was read for too long")
        except Exception:
            log.exception("tail.socket.failed")
            await self.close(1011)
        finally:
            tail.leave()

    async def _check(self, person: Person) -> None:
        """A session that was ended and a token that was revoked end the tail."""
        while True:
            await asyncio.sleep(self._check_again_s)
            if await asyncio.to_thread(person_of, self.scope) != person:
                await self.close(NOT_ALLOWED, "not logged in any more")
                return

    async def _refuse(self, refused: Refused) -> None:
        await self.send(text_data=msgspec.json.encode(error_of(refused)).decode())
        code = TOO_MANY if isinstance(refused, TooManySockets) else BAD_REQUEST
        await self.close(code, refused.code)


class NoSocket(AsyncWebsocketConsumer):
    """Every other address."""

    async def connect(self) -> None:
        await self.close()
