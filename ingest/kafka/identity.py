"""Which life of a topic this is: a topic that is made again has another id."""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from typing import Final

from ingest.errors import Busy
from ingest.kafka import admin

log = logging.getLogger(__name__)

ASK_AGAIN_S: Final = 60.0


class TopicIdentity:
    """Remembers a topic's id and asks for it again now and then, in the background."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._brokers = brokers
        self._topic = topic
        self._id: bytes | None = None
        self._asked = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def current(self) -> bytes | None:
        """16 bytes; None as long as the brokers have not said."""
        if self._id is None or time.monotonic() > self._asked + ASK_AGAIN_S:
            self._ask()
        if self._id is None and self._asking is not None:
            await asyncio.shield(self._asking)
        return self._id

    def _ask(self) -> None:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._refresh(), name="topic-id")

    async def _refresh(self) -> None:
        self._asked = time.monotonic()
        try:
            text = await asyncio.to_thread(admin.topic_id, self._brokers, self._topic)
        except Busy as error:
            log.warning("ingest.topic_id.unknown", extra={"error": str(error)})
            return
        # Kafka writes it as 22 characters of URL-safe base64.
        self._id = base64.urlsafe_b64decode(f"{text}==")
