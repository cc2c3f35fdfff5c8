"""Load at fixed times: what is late stays late, whatever the answers take."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count

from bench.client import Connection, Target
from bench.data import entries, stamp

SIZE = 100  # entries in a request
CONNECTIONS = 32
BODIES = 600  # made before, used again with another time
NOT_SENT_S = 10.0  # after the end: what could not be sent by then never is


@dataclass
class Offered:
    """What came of the requests; times count from when each was due."""

    due: int  # entries
    accepted: int = 0
    refused: int = 0
    seconds: list[float] = field(default_factory=list)


@cache
def bodies() -> list[bytes]:
    lines = list(entries(BODIES * SIZE, fixed_time=True))
    return [
        b"\n".join(lines[start : start + SIZE]) for start in range(0, len(lines), SIZE)
    ]


async def offer(target: Target, rate: int, seconds: float) -> Offered:
    """Post `rate` entries a second for so long, and wait for all answers."""
    requests = round(rate * seconds / SIZE)
    offered, numbers = Offered(due=requests * SIZE), count()
    made = (
        bodies()
    )  # before the clock starts: else all that was due by then comes at once
    began = time.perf_counter()
    last = began + seconds + NOT_SENT_S

    def due() -> Iterator[tuple[float, bytes]]:
        for number in numbers:
            if number >= requests or time.perf_counter() > last:
                return
            yield began + number * SIZE / rate, made[number % len(made)]

    waiting = due()
    posting = (_keep_posting(target, waiting, offered) for _ in range(CONNECTIONS))
    await asyncio.gather(*posting)
    return offered


async def _keep_posting(
    target: Target, waiting: Iterator[tuple[float, bytes]], offered: Offered
) -> None:
    connection = await Connection.open(target)
    for at, body in waiting:
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        now = datetime.now(UTC)
        status = await connection.post(target.request(stamp(body, now)))
        offered.seconds.append(time.perf_counter() - at)
        if status == target.taken:
            offered.accepted += SIZE
        else:
            offered.refused += SIZE
    connection.close()
