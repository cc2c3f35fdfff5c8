"""Reads what a stream of server-sent events said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

Event = tuple[str, dict[str, Any]]


def read(chunks: Iterable[bytes]) -> list[Event]:
    told = b"".join(chunks).decode().strip().split("\n\n")
    return [one for one in map(_read, told) if one]


def _read(block: str) -> Event | None:
    fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
    return (fields["event"], json.loads(fields["data"])) if fields else None
