"""The bare ASGI app of all doors: no framework between the socket and Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

from ingest import metrics, mongo
from ingest.edge.addresses import Network
from ingest.edge.auth import TokenCache
from ingest.edge.delivery import Delivery
from ingest.edge.doors import LOGS, door_at
from ingest.edge.doors.door import Request
from ingest.edge.drain import Drain
from ingest.edge.intake import ClientGone, Intake, any_host
from ingest.edge.rates import Meter
from ingest.edge.respond import Answer
from ingest.edge.spool import Spool, SpoolSettings
from ingest.kafka.identity import TopicIdentity
from ingest.kafka.producer import EntryProducer

FINISH_BYTES: Final = 128 * 1024 * 1024  # thrown away after a refusal
FINISH_S: Final = 5.0
# The edge of this process, for the API route that shares its intake.
_running: EdgeApp | None = None

AsgiMessage = MutableMapping[str, Any]
AsgiReceive = Callable[[], Awaitable[AsgiMessage]]
AsgiSend = Callable[[AsgiMessage], Awaitable[None]]


class EdgeApp:
    """One per web process. start() before the first request, stop() after the last."""

    def __init__(
        self,
        brokers: str,
        topic: str,
        tokens: TokenCache,
        secret: bytes,
        is_allowed_host: Callable[[str], bool] = any_host,
        meter: Meter | None = None,
        proxies: Collection[Network] = (),
        spool: SpoolSettings | None = None,
    ) -> None:
        self._topic = topic
        self._spooling = spool
        self._drain: Drain | None = None
        self._draining: asyncio.Task[None] | None = None
        self._producer = EntryProducer(brokers, topic)
        identity = TopicIdentity(brokers, topic)
        self.delivery = Delivery(self._producer)
        self.intake = Intake(
            *(self.delivery, identity, tokens, secret, is_allowed_host),
            meter=meter,
            proxies=proxies,
        )

    async def start(self) -> None:
        global _running
        await self._producer.start()
        if self._spooling is not None:
            self._start_spool(self._spooling)
        _running = self
        metrics.gauge("ingest_kafka_up", 1)

    async def stop(self) -> None:
        global _running
        _running = None
        if self._draining is not None:
            self._draining.cancel()
            await asyncio.wait([self._draining])
        await self._producer.stop()
        if self._drain is not None:
            self._drain.close()

    def _start_spool(self, settings: SpoolSettings) -> None:
        spool = Spool(settings)
        db = mongo.connect(settings.mongo_url)
        self._drain = Drain(settings.folder, spool, self.delivery, db, self._topic)
        self.delivery.spool_to(spool, self._drain.tell)
        self._draining = asyncio.create_task(self._drain.run(), name="drain-spool")

    @property
    def waiting(self) -> int:
        """Messages that the brokers have not acknowledged yet."""
        return self._producer.waiting

    async def __call__(
        self, scope: AsgiMessage, receive: AsgiReceive, send: AsgiSend
    ) -> None:
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        upload = _Upload(receive)
        query = scope["query_string"].decode("latin-1")
        peer, _port = scope.get("client") or ("", 0)  # none on a unix socket
        request = Request(scope["method"], scope["path"], headers, query, peer)
        door = door_at(request.path) or LOGS  # who routes here knows that there is one
        try:
            answer = await self.intake.answer(door, request, upload.part)
        except ClientGone:
            return
        lingers = answer.closes and not upload.finished
        await _send(answer, send, more=lingers)
        if lingers:
            await upload.finish()
            await send({"type": "http.response.body", "body": b""})


def running() -> EdgeApp | None:
    """The edge that was started in this process, if one was."""
    return _running


class _Upload:
    """The body of one request as it comes."""

    def __init__(self, receive: AsgiReceive) -> None:
        self._receive = receive
        self.finished = False

    async def part(self) -> tuple[bytes, bool]:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        more = message.get("more_body", False)
        self.finished = not more
        return message.get("body", b""), more

    async def finish(self) -> None:
        """Let a sender finish before the connection closes: most read answers then.

        Closed at once, they would see a broken pipe and never learn why.
        """
        left = FINISH_BYTES
        with suppress(TimeoutError, ClientGone):
            async with asyncio.timeout(FINISH_S):
                while left > 0 and not self.finished:
                    left -= len((await self.part())[0])


async def _send(answer: Answer, send: AsgiSend, more: bool) -> None:
    named = dict(answer.headers)
    if answer.status != HTTPStatus.NO_CONTENT:  # which has no length, not even 0
        named["Content-Length"] = str(len(answer.body))
    headers = [(name.lower().encode(), text.encode()) for name, text in named.items()]
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": headers}
    )
    body = {"type": "http.response.body", "body": answer.body, "more_body": more}
    await send(body)
