"""All doors: add one here, and web process, API document and metrics know it."""

from __future__ import annotations

from typing import Final

from ingest.edge.doors.bulk import Bulk
from ingest.edge.doors.door import Door
from ingest.edge.doors.logs import Logs
from ingest.edge.doors.loki import Loki
from ingest.edge.doors.otlp import Otlp
from ingest.edge.doors.syslog import Syslog

LOGS: Final = Logs()
OTLP: Final = Otlp()
LOKI: Final = Loki()
SYSLOG: Final = Syslog()
BULK: Final = Bulk()
DOORS: Final[tuple[Door, ...]] = (LOGS, OTLP, LOKI, SYSLOG, BULK)
_BY_PATH: Final = {path: door for door in DOORS for path in door.paths}


def door_at(path: str) -> Door | None:
    """The door to which a path leads, if one does."""
    if door := _BY_PATH.get(path):
        return door
    return next((door for door in DOORS if door.leads_to(path)), None)


def is_for_a_door(method: str, path: str) -> bool:
    """Whether the edge answers, and not the site."""
    door = door_at(path)
    return door is not None and method in door.methods
