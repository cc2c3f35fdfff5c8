"""Our own logs: one JSON object a line, named by an event, fields beside it.

A line is a log entry itself: `timestamp`, `level` and `message` are where
`POST /api/logs` looks for them, so logsite can keep its own logs.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

log = logging.getLogger(__name__)

MAX_TEXT: Final = 4_000  # characters of one field; a payload must not slip in whole
# What a record has anyway, what a line uses itself, what Django and uvicorn attach;
# everything else on a record came through `extra`.
_NOT_EXTRA: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    *("message", "asctime", "taskName", "timestamp", "level", "logger", "exception"),
    *("request", "websocket", "color_message"),
}
_TOKEN: Final = re.compile(r"lgs_[A-Za-z0-9_-]{8,}")


class JsonFormatter(logging.Formatter):
    """`logger.info("ingest.batch.stored", extra={"entries": 512})` as one line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "timestamp": _time(record),
            "level": record.levelname,
            "message": _short(record.getMessage()),
            "logger": record.name,
            **_fields(record),
        }
        if record.exc_info:
            # The end of a traceback says what happened: keep that.
            line["exception"] = self.formatException(record.exc_info)[-MAX_TEXT:]
        text = json.dumps(line, default=lambda value: _short(str(value)))
        return _TOKEN.sub("lgs_***", text)


def log_crashes() -> None:
    """An error that ends a process is a line as well, unless a person looks on."""
    if not sys.stderr.isatty():
        sys.excepthook = _log_crash


def _log_crash(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    log.critical("logsite.process.crashed", exc_info=(kind, error, trace))


def is_no_probe(record: logging.LogRecord) -> bool:
    """/readyz says 503 for as long as a part is away: that is its answer, no error."""
    path = getattr(getattr(record, "request", None), "path", "")
    return path != "/readyz"


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {
        name: _short(value) if isinstance(value, str) else value
        for name, value in vars(record).items()
        if name not in _NOT_EXTRA
    }


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"
