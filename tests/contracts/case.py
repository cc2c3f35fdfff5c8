"""One request to a door, and the status of its answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

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
