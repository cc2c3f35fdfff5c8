"""Requests to POST /api/syslog."""

from __future__ import annotations

import gzip
from typing import Final

from tests.contracts.case import Case

PATH: Final = "/api/syslog"
LINES: Final = (
    b"<85>1 2026-03-01T11:59:58Z web-1 sshd 4711 - - Failed password\n"
    b"<34>Mar  1 11:59:58 web-1 su[12]: 'su root' failed\n"
)
TEXT: Final = (("content-type", "text/plain"),)
CASES: Final = {
    "lines": Case(202, LINES, TEXT, path=PATH),
    "gzip": Case(202, gzip.compress(LINES), (("content-encoding", "gzip"),), path=PATH),
    "an array": Case(202, b'[{"msg": "a"}, {"msg": "b"}]', path=PATH),
    "one of two": Case(202, b'{"host": "a"}\n<13>b', path=PATH),
    "debug": Case(200, LINES, path=f"{PATH}?debug=1"),
    "a key": Case(202, LINES, (("idempotency-key", "batch-1"),), path=PATH),
    "nothing acceptable": Case(400, b'{"host": "a"}', path=PATH),
    "empty": Case(400, b"", path=PATH),
    "no token": Case(401, LINES, token=None, path=PATH),
    "a reader's token": Case(403, LINES, token="charlie", path=PATH),
    "an image": Case(415, LINES, (("content-type", "image/png"),), path=PATH),
}
