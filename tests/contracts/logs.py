"""Requests to POST /api/logs."""

from __future__ import annotations

import gzip
from typing import Final

import zstandard

from ingest.entry import MAX_BODY_BYTES, MAX_ENTRY_BYTES
from tests.contracts.case import LINE, Case

NDJSON: Final = b"\n".join([LINE, b"{}", LINE.replace(b"WARN", b"warning")])
DEEP: Final = b'{"message": "a", "metadata": ' + b"[" * 50 + b"]" * 50 + b"}"
CASES: Final = {
    "one object": Case(202),
    "an array": Case(202, b"[" + LINE + b"," + LINE + b"]"),
    "lines": Case(202, NDJSON),
    "lines with CRLF and BOM": Case(
        202, b"\xef\xbb\xbf" + NDJSON.replace(b"\n", b"\r\n")
    ),
    "a form's content type": Case(
        202, headers=(("content-type", "application/x-www-form-urlencoded"),)
    ),
    "ndjson": Case(202, NDJSON, (("content-type", "application/x-ndjson"),)),
    "gzip": Case(202, gzip.compress(NDJSON), (("content-encoding", "gzip"),)),
    "zstd": Case(202, zstandard.compress(NDJSON), (("content-encoding", "zstd"),)),
    "a key": Case(202, NDJSON, (("idempotency-key", "batch-1"),)),
    "debug": Case(200, NDJSON, path="/api/logs?debug=1"),
    "3 MB": Case(202, b"\n".join([LINE] * 20_000)),
    "bob's own service": Case(202, token="bob"),
    "a service that bob may not write": Case(
        400, LINE.replace(b"billing", b"payroll"), token="bob"
    ),
    "nothing acceptable": Case(400, b"[{}, 1, null]"),
    "empty": Case(400, b""),
    "no JSON": Case(400, b'{"message": oops}'),
    "a broken array": Case(400, b"[" + LINE),
    "invalid UTF-8": Case(400, b'{"message": "\xff"}'),
    "not finite": Case(400, b'{"message": "a", "n": 1e999}'),
    "too deep": Case(400, DEEP),
    "a large entry": Case(400, b'{"message": "' + b"a" * MAX_ENTRY_BYTES + b'"}'),
    "a key that is too long": Case(400, headers=(("idempotency-key", "k" * 256),)),
    "bad gzip": Case(400, b"no", (("content-encoding", "gzip"),)),
    "cut gzip": Case(400, gzip.compress(LINE)[:-3], (("content-encoding", "gzip"),)),
    "no token": Case(401, token=None),
    "an unknown token": Case(401, token="mallory"),
    "a reader's token": Case(403, token="charlie"),
    "a body over 16 MB": Case(413, b"x" * (MAX_BODY_BYTES + 1)),
    "a bomb": Case(
        413, gzip.compress(bytes(20 * 1024 * 1024), 1), (("content-encoding", "gzip"),)
    ),
    "too many entries": Case(413, b"1\n" * 100_002),
    "an unknown encoding": Case(415, headers=(("content-encoding", "br"),)),
    "an image": Case(415, headers=(("content-type", "image/png"),)),
    "UTF-16": Case(
        415, headers=(("content-type", "application/json; charset=utf-16"),)
    ),
}
