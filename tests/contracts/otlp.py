"""Requests to POST /v1/logs."""

from __future__ import annotations

import gzip
from typing import Final

from ingest.entry import MAX_BODY_BYTES
from tests.contracts.case import PROTOBUF, Case, protobuf_to
from tests.ingest.formats.otlpdata import record, request

PATH: Final = "/v1/logs"
JSON: Final = ("content-type", "application/json")
GZIP: Final = ("content-encoding", "gzip")
GOOD: Final = request(record("paid"), record("shipped")).SerializeToString()
PART: Final = request(record("paid"), record("")).SerializeToString()
BAD: Final = request(record("")).SerializeToString()
TEXT: Final = (
    b'{"resourceLogs": [{"scopeLogs": [{"logRecords": ['
    b'{"body": {"stringValue": "paid"}}, {"body": {"stringValue": ""}}]}]}]}'
)


case = protobuf_to(PATH)
CASES: Final = {
    "protobuf": case(200, GOOD),
    "gzip": case(200, gzip.compress(GOOD), PROTOBUF, GZIP),
    "partly": case(200, PART),
    "nothing good": case(400, BAD),
    "empty": case(200, b""),
    "JSON, partly": case(200, TEXT, JSON),
    "JSON, empty": case(200, b"{}", JSON),
    "JSON, unreadable": case(400, b"{", JSON),
    "JSON as protobuf": case(400, TEXT),
    "truncated": case(400, GOOD[:-3]),
    "a key": case(200, GOOD, PROTOBUF, ("idempotency-key", "batch-1")),
    "debug": case(200, PART, path=f"{PATH}?debug=1"),
    "no token": case(401, GOOD, token=None),
    "a reader's token": case(403, GOOD, token="charlie"),
    "a service that bob may not write": case(
        400,
        request(record("a"), resource={"service.name": "x"}).SerializeToString(),
        token="bob",
    ),
    "too large": case(413, b"x" * (MAX_BODY_BYTES + 1)),
    "a bomb": case(413, gzip.compress(bytes(20 * 1024 * 1024), 1), PROTOBUF, GZIP),
    "text": case(415, b"hello", ("content-type", "text/plain")),
    "no content type": Case(415, GOOD, path=PATH),
    "an unknown encoding": case(415, GOOD, PROTOBUF, ("content-encoding", "br")),
}
