"""Listens to the live tail for canaries, in a thread of its own."""

from __future__ import annotations

import threading
import time
from typing import Final

from ingest.tail.terminal import Refusal, frames

READY_S: Final = 3.0
LINGER_S: Final = 1.0  # for what search has found already


class Listener:
    """Hears a run's canaries by protocol; a tail that is away is no failure."""

    def __init__(self, url: str, token: str, run: str) -> None:
        self.heard: dict[str, float] = {}  # monotonic
        self._asked = (url, token, {"q": run})
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def start(self) -> None:
        """Returns when the tail has begun, or will not in time."""
        self._thread.start()
        self._ready.wait(READY_S)

    def wait(self, deadline: float, count: int) -> None:
        """Until so many were heard; not much longer than the rest took."""
        until = min(deadline, time.monotonic() + LINGER_S)
        while len(self.heard) < count and time.monotonic() < until:
            time.sleep(0.02)

    def _listen(self) -> None:
        try:
            for frame in frames(*self._asked, lambda reason: None):
                self._ready.set()
                for entry in frame.get("entries", ()):
                    self._hear(str(entry["message"]).split())
        except Refusal:
            self._ready.set()

    def _hear(self, words: list[str]) -> None:
        """A canary's message begins `canary RUN PROTOCOL`."""
        if len(words) > 2:
            self.heard.setdefault(words[2], time.monotonic())
