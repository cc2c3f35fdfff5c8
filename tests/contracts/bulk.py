"""Requests to Elasticsearch's `_bulk`.

Documents are named in most: ids that are made up differ from answer to answer.
"""

from __future__ import annotations

import gzip
from typing import Final

from ingest.entry import MAX_BODY_BYTES
from tests.contracts.case import Case

PATH: Final = "/elasticsearch/_bulk"
ACTION: Final = b'{"create":{"_index":"web","_id":"7"}}\n'
DOCUMENT: Final = b'{"@timestamp":"2026-03-01T11:59:58Z","message":"a"}\n'
PAIR: Final = ACTION + DOCUMENT
NDJSON: Final = (("content-type", "application/x-ndjson"),)
COMPATIBLE: Final = (
    ("content-type", "application/vnd.elasticsearch+x-ndjson; compatible-with=9"),
)
CASES: Final = {
    "documents": Case(200, PAIR * 2, NDJSON, path=PATH),
    "of a client of Elastic's": Case(200, PAIR, COMPATIBLE, path=PATH),
    "into an index": Case(
        200, b'{"index":{"_id":"7"}}\n' + DOCUMENT, path="/elasticsearch/app/_bulk"
    ),
    "without a last line end": Case(200, PAIR.rstrip(), path=PATH),
    "every other bad": Case(200, (PAIR + ACTION + b"{\n") * 2, path=PATH),
    "nothing acceptable": Case(200, ACTION + b"{}\n", path=PATH),
    "deleting": Case(200, b'{"delete":{"_index":"web","_id":"7"}}\n', path=PATH),
    "gzip": Case(200, gzip.compress(PAIR), (("content-encoding", "gzip"),), path=PATH),
    "bob may not write": Case(
        200, ACTION + b'{"message":"a","service":"x"}', token="bob", path=PATH
    ),
    "empty": Case(400, b"", path=PATH),
    "a bad action": Case(400, PAIR + b'{"upsert":{}}\n' + DOCUMENT, path=PATH),
    "no token": Case(401, PAIR, token=None, path=PATH),
    "a reader's token": Case(403, PAIR, token="charlie", path=PATH),
    "a body over 16 MB": Case(413, b"x" * (MAX_BODY_BYTES + 1), path=PATH),
    "an image": Case(415, PAIR, (("content-type", "image/png"),), path=PATH),
}
