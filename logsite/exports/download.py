"""The file of an export as an answer: piece by piece, from any byte on."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from ingest.export import pieces
from ingest.export.pieces import Piece
from ingest.mongo import database
from logsite.exports.models import Export

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


@dataclass(frozen=True)
class Cut:
    """Bytes of one piece: [first, end)."""

    name: str
    first: int
    end: int


def answer(request: HttpRequest, job: Export) -> HttpResponseBase:
    """All of the file, or the bytes that the request asks for."""
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", _tag(job)) != _tag(job):
        asked = ""  # another file: from its beginning
    try:
        part = asked_range(asked, job.size)
    except ValueError:
        unsatisfiable = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        refused = HttpResponse(status=unsatisfiable)
        refused["Content-Range"] = f"bytes */{job.size}"
        return refused
    first, end = part or (0, job.size)
    made = [Piece(each.name, each.size) for each in job.pieces.all()]
    response = StreamingHttpResponse(
        _body(request, _read(list(cuts(made, first, end)))),
        status=HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK,
        content_type=job.layout.content_type,
    )
    if part:
        response["Content-Range"] = f"bytes {first}-{end - 1}/{job.size}"
    response["Content-Length"] = str(end - first)
    response["Content-Disposition"] = f'attachment; filename="{job.file_name}"'
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = _tag(job)
    digest = base64.b64encode(bytes.fromhex(job.sha256)).decode()
    response["Repr-Digest"] = f"sha-256=:{digest}:"
    response["X-Logsite-Rows"] = str(job.rows)
    return response


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """[first, end) of a Range header; None: all of it. ValueError if there is none."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or not any(found.groups()):
        return None  # several ranges, other units: the whole is a right answer, too
    if not found[1]:
        first, end = max(0, size - int(found[2])), size
    else:
        first = int(found[1])
        end = min(size, int(found[2]) + 1) if found[2] else size
    if first >= end:
        raise ValueError(header)
    return first, end


def cuts(made: Sequence[Piece], first: int, end: int) -> Iterator[Cut]:
    """What of each piece lies in [first, end) of the file."""
    start = 0
    for piece in made:
        low, high = max(first - start, 0), min(end - start, piece.size)
        if low < high:
            yield Cut(piece.name, low, high)
        start += piece.size


def _read(wanted: Sequence[Cut]) -> Iterator[bytes]:
    """A piece is read when the one before is sent: memory holds one at a time."""
    for cut in wanted:
        yield pieces.read(database(), cut.name)[cut.first : cut.end]


def _body(
    request: HttpRequest, parts: Iterator[bytes]
) -> Iterator[bytes] | AsyncIterator[bytes]:
    """Django would read all of an iterator first that is not of the server's kind."""
    return _in_threads(parts) if isinstance(request, ASGIRequest) else parts


async def _in_threads(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    following = sync_to_async(partial(next, parts, b""), thread_sensitive=False)
    while part := await following():
        yield part


def _tag(job: Export) -> str:
    return f'"{job.sha256}"'
