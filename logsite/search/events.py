"""Server-sent events: an answer that comes piece by piece, until its reader leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils import timezone
from django.utils.translation import get_language, override

from logsite.search.access import View
from logsite.search.preferences import preferences

TYPE: Final = "text/event-stream"
KEEP_ALIVE_S: Final = 5.0  # a proxy closes what is silent for long
KEEP_ALIVE: Final = b":\n\n"
MAX_STREAMS: Final = 64  # threads; most of them wait for their turn
_threads: Final = ThreadPoolExecutor(MAX_STREAMS, thread_name_prefix="events")


def event(name: str, **content: Any) -> bytes:
    """One event; its content is JSON on one line."""
    return f"event: {name}\ndata: {json.dumps(content)}\n\n".encode()


def no_events(status: int) -> HttpResponse:
    """A refusal; of another type the browser would complain, too."""
    return HttpResponse(status=status, content_type=TYPE)


def stream_login_required(view: View) -> View:
    """A stream sends nobody to log in: its page does, told by an event.

    A status would only be a lost connection to it.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return one_event("signed-out")
        with timezone.override(preferences(request.COOKIES).zone):
            return view(request, *args, **kwargs)

    return guarded


class EventStream(StreamingHttpResponse):
    """The events of a generator, each step of which runs in a thread.

    The generator is closed when the reader goes away: its `finally` is reached.
    """

    def __init__(self, events: Generator[bytes, None, None]) -> None:
        super().__init__(events, content_type=TYPE)
        self["Cache-Control"] = "no-store"
        self["X-Accel-Buffering"] = "no"  # for nginx
        self.events = events

    async def __aiter__(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        step: asyncio.Future[bytes] | None = None
        try:
            while True:
                step = loop.run_in_executor(_threads, next, self.events, b"")
                while not (await asyncio.wait({step}, timeout=KEEP_ALIVE_S))[0]:
                    yield KEEP_ALIVE
                if not (part := step.result()):
                    return
                yield part
        finally:
            if step and not step.done():
                await asyncio.wait({step})  # a generator that runs cannot be closed
            await loop.run_in_executor(_threads, self.events.close)


def one_event(name: str, **content: Any) -> EventStream:
    return EventStream(part for part in [event(name, **content)])


def as_now(parts: Iterator[bytes], zone: ZoneInfo) -> Generator[bytes, None, None]:
    """In the language and zone of the request, which is over when they are made."""
    language = get_language()
    while True:
        with override(language), timezone.override(zone):
            part = next(parts, b"")
        if not part:
            return
        yield part
