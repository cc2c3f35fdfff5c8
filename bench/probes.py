"""How long it takes until what was acknowledged is found."""

from __future__ import annotations

import time
import uuid
from typing import Any

import httpx
from pymongo.database import Database

from bench.beside import Beside
from bench.client import Target
from ingest.query.filter import LogFilter
from ingest.query.freshness import freshness
from ingest.query.run import search

EVERY_S = 0.5
LOOK_S = 0.02  # freshness is measured to this
GIVE_UP_S = 60.0


class Probes(Beside):
    """Posts an entry with a word of its own now and then, and searches for it."""

    def __init__(self, target: Target, database: Database[dict[str, Any]]) -> None:
        self._address = f"http://127.0.0.1:{target.port}{target.path}"
        self._headers = {"Authorization": f"Bearer {target.token}"}
        self._database = database
        super().__init__("probes", EVERY_S)
        self.accepted = 0
        self.seconds: list[float] = []  # from the acknowledgement until it was found
        self.behind: list[float] = []  # of the data clock

    def look(self) -> None:
        word = uuid.uuid4().hex
        if self._post(word):
            self.accepted += 1
            self.seconds.append(self._until_found(word))
        behind = freshness(self._database).behind_s
        if behind is not None:
            self.behind.append(behind)

    def _post(self, word: str) -> bool:
        body = {"service": "bench", "message": f"probe {word}"}
        return httpx.post(
            self._address,
            json=body,
            headers=self._headers,
            timeout=30,
            trust_env=False,
        ).is_success

    def _until_found(self, word: str) -> float:
        began = time.perf_counter()
        while (took := time.perf_counter() - began) < GIVE_UP_S:
            if search(self._database, LogFilter(word), limit=1).items:
                return took
            time.sleep(LOOK_S)
        return took
