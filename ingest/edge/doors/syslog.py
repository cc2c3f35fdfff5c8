"""Syslog over HTTP, for rsyslog's omhttp and syslog-ng's http()."""

from __future__ import annotations

from datetime import datetime

from ingest.edge.doors.door import Request
from ingest.edge.doors.logs import Logs
from ingest.formats.batch import Batch
from ingest.formats.syslog import read_syslog


class Syslog(Logs):
    """Lines of RFC 5424 or 3164, or JSON; answers like the site's own door."""

    name = "syslog"
    paths = ("/api/syslog",)

    def read(
        self, body: bytes, _request: Request, default_service: str, now: datetime
    ) -> Batch:
        return read_syslog(body, default_service, now)
