"""Elasticsearch's `_bulk`, for agents and libraries that send to Elasticsearch."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec

from ingest.edge import respond
from ingest.edge.doors import probes
from ingest.edge.doors.door import Door, Request, Taken
from ingest.edge.limits import JSON_TYPES
from ingest.edge.respond import Answer
from ingest.errors import Refused, WrongMethod
from ingest.formats.batch import Batch, Rejected
from ingest.formats.bulk import Action, BulkBatch, read_bulk

ROOT: Final = "/elasticsearch"  # what senders take for the address of a cluster
_BULK: Final = "_bulk"
_WRITES: Final = ("POST", "PUT")
# Names of Elasticsearch for what a status means; clients print them.
_TYPES: Final = {
    HTTPStatus.UNAUTHORIZED: "security_exception",
    HTTPStatus.FORBIDDEN: "security_exception",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "content_too_long_exception",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "media_type_header_exception",
    HTTPStatus.TOO_MANY_REQUESTS: "es_rejected_execution_exception",
    HTTPStatus.INTERNAL_SERVER_ERROR: "exception",
    HTTPStatus.SERVICE_UNAVAILABLE: "unavailable_shards_exception",
}


class Bulk(Door):
    """Documents by `_bulk`, and what senders ask before they send any."""

    name = "bulk"
    paths = (f"{ROOT}/{_BULK}",)
    methods = ("GET", "HEAD", "POST", "PUT")
    content_types = JSON_TYPES | {
        "application/vnd.elasticsearch+json",
        "application/vnd.elasticsearch+x-ndjson",
    }

    def leads_to(self, path: str) -> bool:
        return path == ROOT or path.startswith(f"{ROOT}/")

    def greet(self, request: Request) -> Answer | None:
        path = request.path.removeprefix(ROOT).strip("/")
        if path.rpartition("/")[2] != _BULK:
            return probes.answer_to(request.method, path)
        if request.method not in _WRITES:
            raise WrongMethod("method_not_allowed", "Documents are sent by POST.")
        return None

    def read(
        self, body: bytes, request: Request, default_service: str, now: datetime
    ) -> Batch:
        return read_bulk(body, _index(request.path), default_service, now)

    def identity(self, batch: Batch) -> bytes:
        return _bulk(batch).identity

    def accepted(self, taken: Taken, _request: Request) -> Answer:
        batch = _bulk(taken.batch)
        rejected = {one.index: one for one in batch.rejected}
        made_up = secrets.token_urlsafe(9)
        items = [
            {action.verb: _item(action, rejected.get(n), f"{made_up}{n}")}
            for n, action in enumerate(batch.actions)
        ]
        took = datetime.now(UTC) - batch.read_at
        # In this order and without blanks: Fluent Bit looks for these very bytes.
        body = {
            "took": max(0, int(took.total_seconds() * 1_000)),
            "errors": bool(rejected),
            "items": items,
        }
        return Answer(
            HTTPStatus.OK, msgspec.json.encode(body), probes.HEADERS | taken.headers
        )

    def refused(self, error: Refused, _request: Request) -> Answer:
        answer = respond.refused(error)
        kind = _TYPES.get(HTTPStatus(error.status), "illegal_argument_exception")
        body = probes.error(
            error.status, kind, f"{error.message} {error.hint}".strip(), error.code
        )
        headers = answer.headers | probes.HEADERS
        if error.status == HTTPStatus.UNAUTHORIZED:  # some send Basic only when asked
            headers["WWW-Authenticate"] = 'Basic realm="logsite", ApiKey, Bearer'
        if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_WRITES)
        return Answer(error.status, body, headers)


def _index(path: str) -> str | None:
    """The index that a path names: /elasticsearch/INDEX/_bulk."""
    first = path.removeprefix(f"{ROOT}/").partition("/")[0]
    return None if first == _BULK else first


def _bulk(batch: Batch) -> BulkBatch:
    if not isinstance(batch, BulkBatch):
        raise TypeError(batch)
    return batch


def _item(action: Action, rejected: Rejected | None, made_up: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "_index": action.index or "logsite",
        "_id": action.id or made_up,
    }
    if rejected is None:
        created = HTTPStatus.CREATED
        return item | {"_version": 1, "status": created, "result": "created"}
    error = {"type": rejected.code, "reason": rejected.error}
    return item | {"status": HTTPStatus.BAD_REQUEST, "error": error}
