"""One request to a door, and the status of its answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

PROTOBUF: Final = ("content-type", "application/x-protobuf")

LINE: Final = json.dumps(
    {
        "timestamp": "2026-03-01T11:59:58.5Z",
        "level": "WARN",
        "service": "billing",
        "message": "card declined",
        "metadata": {"host": "web-1"},
    }
).encode()


@dataclass(frozen=True)
class Case:
    """What is asked of the bare edge and of the route alike."""

    status: int
    body: bytes = LINE
    headers: tuple[tuple[str, str], ...] = ()
    token: str | None = "alice"
    path: str = "/api/logs"


def protobuf_to(path: str) -> Callable[..., Case]:
    """Makes cases of one door; a body is protobuf unless headers say otherwise."""

    def case(
        status: int,
        body: bytes,
        *headers: tuple[str, str],
        token: str | None = "alice",
        path: str = path,
    ) -> Case:
        return Case(status, body, headers or (PROTOBUF,), token, path)

    return case
