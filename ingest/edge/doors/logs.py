"""The site's own door: JSON at POST /api/logs."""

from __future__ import annotations

from datetime import datetime

from ingest.edge import respond
from ingest.edge.doors.door import Door, Request, Taken
from ingest.edge.limits import JSON_TYPES
from ingest.edge.respond import Answer
from ingest.errors import Refused
from ingest.formats.batch import Batch
from ingest.formats.jsonlines import read_batch


class Logs(Door):
    """One JSON object, an array, or one object a line."""

    name = "logs"
    paths = ("/api/logs",)
    content_types = JSON_TYPES

    def read(
        self, body: bytes, _request: Request, default_service: str, now: datetime
    ) -> Batch:
        return read_batch(body, default_service, now)

    def accepted(self, taken: Taken, _request: Request) -> Answer:
        return respond.accepted(taken.batch, taken.receipt, taken.is_local)

    def refused(self, error: Refused, _request: Request) -> Answer:
        return respond.refused(error)
