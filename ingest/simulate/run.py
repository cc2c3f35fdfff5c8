"""`manage.py simulate`: the services through the HTTP API, at a wanted rate."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from ingest.send.client import Client
from ingest.send.pace import Pace
from ingest.simulate.traffic import Traffic

MAX_BATCH: Final = 2_000
_TICK_S: Final = 0.1
_TELL_EVERY_S: Final = 10.0
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(slots=True)
class Reached:
    """What a run came to."""

    accepted: int = 0
    rejected: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return self.accepted / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        return (
            f"{self.accepted:,} entries in {self.seconds:.1f} s: {self.rate:,.1f}/s"
            + (f", {self.rejected:,} rejected" if self.rejected else "")
        )


def simulate(
    traffic: Traffic,
    client: Client,
    rate: float,
    seconds: float | None,
    tell: Callable[[Reached], None] = lambda reached: None,
) -> Reached:
    """Send at the rate for some time, or for ever; what was really reached.

    Whoever receives slower than the rate is not flooded afterwards: what was not
    sent in time is left out, and the rate that is told is lower.
    """
    began = told = ticked = time.monotonic()
    pace, reached = Pace(rate, began), Reached()
    sent_until = datetime.now(UTC)
    while not _is_over(reached, seconds):
        time.sleep(max(0.0, ticked + _TICK_S - time.monotonic()))
        ticked, now = time.monotonic(), datetime.now(UTC)
        due = min(pace.due(ticked), MAX_BATCH)
        if due:
            _send(traffic, client, due, sent_until, now, reached)
            pace.did(due)
            sent_until = now
        reached.seconds = time.monotonic() - began
        if ticked - told >= _TELL_EVERY_S and not _is_over(reached, seconds):
            told = ticked
            tell(reached)
    return reached


def _is_over(reached: Reached, seconds: float | None) -> bool:
    return seconds is not None and reached.seconds >= seconds


def _send(
    traffic: Traffic,
    client: Client,
    count: int,
    start: datetime,
    end: datetime,
    reached: Reached,
) -> None:
    entries = traffic.entries(count, start, end)
    body = b"\n".join(map(_ENCODER.encode, entries))
    answer = client.post(body, str(uuid.uuid4()))
    reached.accepted += answer.accepted
    reached.rejected += len(answer.rejected)
