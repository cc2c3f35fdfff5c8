"""Senders that go on whatever else happens, as good clients do."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.faults.oracle import Ledger

TIMEOUT_S = 30.0
NO_ANSWER = 0
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0


@dataclass(frozen=True)
class Pace:
    """How much is sent, and how often a request is sent twice for good measure."""

    senders: int = 3
    entries: int = 50
    pause_s: float = 0.05
    repeats: float = 0.05
    padding: int = 0  # characters that make an entry longer


@dataclass(frozen=True)
class Answer:
    at: float
    status: int
    seconds: float
    retry_after: str | None = None


class Flow:
    """Each request is retried with its key until it is acknowledged."""

    def __init__(
        self, ports: list[int], token: str, ledger: Ledger, seed: str, pace: Pace
    ) -> None:
        self._ports = ports
        self._token = token
        self._ledger = ledger
        self._seed = seed
        self._pace = pace
        self._stopping = threading.Event()
        self.answers: list[Answer] = []
        self._threads = [
            threading.Thread(target=self._send, args=(ledger.producer(),), daemon=True)
            for _ in range(pace.senders)
        ]

    def __enter__(self) -> Flow:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """What is under way is finished, or given up after its next refusal."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(2 * TIMEOUT_S)
            assert not thread.is_alive(), "a sender hangs"

    @property
    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    def accepted_since(self, moment: float) -> int:
        return sum(a.status == 202 and a.at >= moment for a in list(self.answers))

    # -- one sender ------------------------------------------------------------------

    def _send(self, producer: int) -> None:
        dice = random.Random(f"{self._seed}/{producer}")
        number = 0
        while not self._stopping.is_set():
            batch = []
            for _ in range(dice.randint(1, 2 * self._pace.entries)):
                text = dice.choice(("paid", "refused", "slow", "retried"))
                text += "x" * self._pace.padding
                batch.append(self._ledger.entry(producer, number, text))
                number += 1
            self._ledger.sending(batch)
            key = f"{self._ledger.run}-{producer}-{number}"
            if self._until_acknowledged(batch, key, dice):
                self._ledger.acknowledged(batch)
                if dice.random() < self._pace.repeats:
                    self._post(batch, key, dice)
            self._stopping.wait(dice.uniform(0, 2 * self._pace.pause_s))

    def _until_acknowledged(
        self, batch: list[dict[str, Any]], key: str, dice: random.Random
    ) -> bool:
        pause_s = FIRST_PAUSE_S
        while self._post(batch, key, dice) != 202:
            if self._stopping.wait(pause_s):
                return False
            pause_s = min(LONGEST_PAUSE_S, 2 * pause_s)
        return True

    def _post(self, batch: list[dict[str, Any]], key: str, dice: random.Random) -> int:
        body = "\n".join(map(json.dumps, batch)).encode()
        began = time.monotonic()
        status, after = post(dice.choice(self._ports), self._token, body, key)
        now = time.monotonic()
        self.answers.append(Answer(now, status, now - began, after))
        return status


def post(port: int, token: str, body: bytes, key: str = "") -> tuple[int, str | None]:
    """The status, 0 if there was no answer; and how long to wait, if that was said."""
    headers = {"Authorization": f"Bearer {token}"}
    if key:
        headers["Idempotency-Key"] = key
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("POST", "/api/logs", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Retry-After")
    except (OSError, http.client.HTTPException):
        return NO_ANSWER, None
    finally:
        connection.close()
