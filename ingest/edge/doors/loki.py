"""The door of Loki: POST /loki/api/v1/push, as Promtail, Alloy and Vector send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

from ingest.edge.doors.door import JSON, PROTOBUF, Door, Request, Taken
from ingest.edge.limits import unpacker, unsnappy
from ingest.edge.respond import Answer, headers_of, in_words, known_status
from ingest.errors import Refused
from ingest.formats.batch import Batch
from ingest.formats.loki import read_push, read_push_json

MAX_NAMED: Final = 10  # of rejected lines, an answer names so many
REJECTED_HEADER: Final = "X-Logsite-Rejected"
_NOT_SNIFFED: Final = {"X-Content-Type-Options": "nosniff"}
_BLANK: Final = "no_message"  # Loki would store it; nobody would find it


class Loki(Door):
    """PushRequest in protobuf, always in Snappy's block format, or in JSON."""

    name = "loki"
    paths = ("/loki/api/v1/push",)
    content_types = frozenset({JSON, PROTOBUF, ""})

    def unpacker(self, request: Request) -> Callable[[bytes], bytes] | None:
        """Some senders name Snappy as the encoding, though the type says it already."""
        encoding = request.headers.get("content-encoding", "").strip().lower()
        unpack = None if encoding == "snappy" else unpacker(encoding)
        if request.content_type == JSON:
            return unpack
        if unpack is None:
            return unsnappy
        return lambda packed: unsnappy(unpack(packed))

    def read(
        self, body: bytes, request: Request, default_service: str, now: datetime
    ) -> Batch:
        read = read_push_json if request.content_type == JSON else read_push
        return read(body, default_service, now)

    def accepted(self, taken: Taken, _request: Request) -> Answer:
        """204; or 400 that names the bad lines, with the good ones stored, as Loki's.

        Empty lines alone are no error: agents would say that they lost the others.
        """
        batch, headers = taken.batch, taken.headers
        if batch.rejected:
            headers = headers | {REJECTED_HEADER: str(len(batch.rejected))}
        if all(one.code == _BLANK for one in batch.rejected):
            return Answer(HTTPStatus.NO_CONTENT, b"", _NOT_SNIFFED | headers)
        return _text(HTTPStatus.BAD_REQUEST, _named(batch), headers)

    def refused(self, error: Refused, _request: Request) -> Answer:
        """In words. Agents throw away what 408 answers."""
        return _text(known_status(error), in_words(error), headers_of(error))


def _named(batch: Batch) -> str:
    rejected = batch.rejected
    lines = [f"line {one.index}: {one.code}: {one.error}" for one in rejected]
    more = [f"and {len(lines) - MAX_NAMED} more"] if len(lines) > MAX_NAMED else []
    total = len(rejected) + len(batch.entries)
    first = f"{len(rejected)} of {total} lines were rejected, the others are stored"
    return "; ".join([first, *lines[:MAX_NAMED], *more])


def _text(status: HTTPStatus, text: str, headers: dict[str, str]) -> Answer:
    own = {"Content-Type": "text/plain; charset=utf-8"} | _NOT_SNIFFED
    return Answer(status, f"{text}\n".encode(), own | headers)
