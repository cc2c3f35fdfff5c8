"""Requests to POST /loki/api/v1/push."""

from __future__ import annotations

import gzip
from typing import Final

from cramjam import snappy

from tests.contracts.case import PROTOBUF, Case, protobuf_to
from tests.ingest.formats.test_loki import push

PATH: Final = "/loki/api/v1/push"
JSON: Final = ("content-type", "application/json")
GZIP: Final = ("content-encoding", "gzip")
SNAPPY: Final = ("content-encoding", "snappy")
TEXT: Final = (
    b'{"streams": [{"stream": {"app": "shop"}, "values": '
    b'[["1772366398250000001", "paid", {"trace_id": "0242"}]]}]}'
)


def packed(body: bytes) -> bytes:
    return bytes(snappy.compress_raw(body))


case = protobuf_to(PATH)
GOOD: Final = packed(push("paid", "shipped"))
CASES: Final = {
    "protobuf": case(204, GOOD),
    "no content type": Case(204, GOOD, path=PATH),
    "snappy said twice": case(204, GOOD, PROTOBUF, SNAPPY),
    "gzip around it": case(204, gzip.compress(GOOD), PROTOBUF, GZIP),
    "JSON": case(204, TEXT, JSON),
    "JSON in gzip": case(204, gzip.compress(TEXT), JSON, GZIP),
    "an empty line": case(204, packed(push("paid", ""))),
    "bad labels": case(400, packed(push("paid", labels="{oops}"))),
    "a bad value": case(400, TEXT.replace(b'"paid"', b'"paid", 1'), JSON),
    "no streams": case(422, b"\0"),
    "JSON without streams": case(422, b'{"streams": []}', JSON),
    "unreadable JSON": case(400, b"{", JSON),
    "not packed": case(400, push("paid")),
    "an empty body": case(400, b""),
    "truncated": case(400, GOOD[:-3]),
    "a key": case(204, GOOD, PROTOBUF, ("idempotency-key", "batch-1")),
    "debug": case(200, GOOD, path=f"{PATH}?debug=1"),
    "no token": case(401, GOOD, token=None),
    "a reader's token": case(403, GOOD, token="charlie"),
    "a service that bob may not write": case(400, GOOD, token="bob"),
    "a bomb": case(413, packed(bytes(17 * 1024 * 1024))),
    "a forged length": case(413, b"\xff\xff\xff\xff\x0f" + GOOD),
    "a form": case(415, TEXT, ("content-type", "application/x-www-form-urlencoded")),
}
