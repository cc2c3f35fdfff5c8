"""Events of a generator over ASGI: each at once, and an end when the reader leaves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator

import pytest

from logsite.search import events
from logsite.search.events import KEEP_ALIVE, EventStream, event


def test_an_event_is_one_line_of_json_whatever_it_holds() -> None:
    told = event("rows", html="one\ntwo\r\n\u2028")

    assert told.startswith(b"event: rows\ndata: {")
    assert told.endswith(b"}\n\n")
    assert told.count(b"\n") == 3
    assert b"\r" not in told


def test_each_event_comes_as_soon_as_it_is_made() -> None:
    told: list[str] = []

    def making() -> Generator[bytes, None, None]:
        for number in range(3):
            told.append(f"made {number}")
            yield b"%d" % number

    async def read() -> None:
        async for part in EventStream(making()):
            told.append(f"read {part.decode()}")

    asyncio.run(read())

    assert told == ["made 0", "read 0", "made 1", "read 1", "made 2", "read 2"]


def test_a_step_that_takes_long_does_not_hold_up_the_loop_nor_fall_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events, "KEEP_ALIVE_S", 0.01)
    heard = threading.Event()

    def slow() -> Generator[bytes, None, None]:
        assert heard.wait(20)
        yield b"at last"

    async def read() -> list[bytes]:
        parts = []
        async for part in EventStream(slow()):
            parts.append(part)
            heard.set()
        return parts

    parts = asyncio.run(read())

    assert parts[0] == KEEP_ALIVE
    assert parts[-1] == b"at last"


def test_a_reader_who_leaves_in_the_middle_of_a_step_ends_the_generator() -> None:
    inside, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def long() -> Generator[bytes, None, None]:
        try:
            inside.set()
            assert go_on.wait(20)
            yield b"nobody reads this"
        finally:
            closed.set()

    async def leave() -> None:
        stream = aiter(EventStream(long()))
        reading = asyncio.ensure_future(anext(stream))
        await asyncio.to_thread(inside.wait, 20)
        reading.cancel()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await reading

    asyncio.run(leave())

    assert closed.wait(20)


def test_a_reader_who_leaves_between_two_steps_ends_the_generator() -> None:
    closed = threading.Event()

    def endless() -> Generator[bytes, None, None]:
        try:
            while True:
                yield b"more"
        finally:
            closed.set()

    async def leave() -> None:
        stream = EventStream(endless()).__aiter__()
        await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]  # a generator's

    asyncio.run(leave())

    assert closed.is_set()
