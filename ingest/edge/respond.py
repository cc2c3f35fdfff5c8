"""Answers: what was accepted, what was not, and errors in the one shape."""

from __future__ import annotations

import random
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec

from ingest.errors import Refused
from ingest.formats.batch import Batch, Rejected

RETRY_AFTER_S: Final = 2  # at least; jitter on top, so that senders come back apart
RETRY_JITTER_S: Final = 4
_COME_BACK: Final = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.TOO_MANY_REQUESTS,
)
_JSON: Final = {
    "Content-Type": "application/json",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, whoever sends it."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def closes(self) -> bool:
        """Whether the connection ends, as the rest of the body is not read."""
        return "Connection" in self.headers


def accepted(batch: Batch, receipt: str | None, is_local: bool = False) -> Answer:
    """202, with what was not accepted by its index; 400 if nothing was.

    is_local: the entries are on this machine's disk and not on Kafka yet.
    """
    body = {
        "receipt": receipt,
        "accepted": len(batch.entries),
        "rejected": len(batch.rejected),
        "results": [_result(one) for one in batch.rejected],
    }
    status = HTTPStatus.ACCEPTED if batch.entries else HTTPStatus.BAD_REQUEST
    headers = _JSON | {"X-Durability": "local"} if is_local else _JSON
    return Answer(status, msgspec.json.encode(body), headers)


def refused(error: Refused) -> Answer:
    """The answer to a request that is refused as a whole."""
    body = _error(error.code, error.message, error.hint)
    return Answer(error.status, body, _JSON | headers_of(error))


def headers_of(error: Refused) -> dict[str, str]:
    """What a sender should do next, in the same headers for every protocol."""
    headers: dict[str, str] = {}
    if error.status in _COME_BACK:
        headers["Retry-After"] = str(error.retry_after_s or _retry_after_s())
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status in (
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ):
        headers["Connection"] = "close"
    if error.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "POST"
    return headers


def in_words(error: Refused) -> str:
    """One line, for protocols that have no place for code and hint."""
    return f"{error.code}: {error.message} {error.hint}".rstrip()


def known_status(error: Refused) -> HTTPStatus:
    """503 for 408, where the protocol has no other word for 'send it again'."""
    if error.status == HTTPStatus.REQUEST_TIMEOUT:
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus(error.status)


def debugged(batch: Batch) -> Answer:
    """What would be stored of a request of which nothing was."""
    body = {
        "debug": True,
        "entries": [msgspec.Raw(value) for value in batch.values],
        "rejected": len(batch.rejected),
        "results": [_result(one) for one in batch.rejected],
    }
    return Answer(HTTPStatus.OK, msgspec.json.encode(body), _JSON)


def _result(one: Rejected) -> dict[str, Any]:
    return {
        "index": one.index,
        "status": "rejected",
        "code": one.code,
        "error": one.error,
    }


def _error(code: str, message: str, hint: str) -> bytes:
    error = {"code": code, "message": message, "hint": hint}
    return msgspec.json.encode({"error": error})


def _retry_after_s() -> int:
    return RETRY_AFTER_S + random.randrange(RETRY_JITTER_S)
