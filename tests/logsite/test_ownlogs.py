"""Our own logs are one JSON object a line."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

from django.test import RequestFactory

from logsite.ownlogs import MAX_TEXT, JsonFormatter, is_no_probe


def line_of(message: str, level: int = logging.INFO, **fields: Any) -> str:
    record = logging.makeLogRecord(
        {"name": "ingest.store", "msg": message, "levelno": level, **fields}
        | {"levelname": logging.getLevelName(level)}
    )
    return JsonFormatter().format(record)


def test_it_writes_the_event_with_its_fields() -> None:
    line = json.loads(line_of("ingest.batch.stored", entries=512, day="20260102"))

    assert line["message"] == "ingest.batch.stored"
    assert line["level"] == "INFO"
    assert line["logger"] == "ingest.store"
    assert (line["entries"], line["day"]) == (512, "20260102")
    assert line["timestamp"].endswith("Z")


def test_it_keeps_newlines_inside_the_line() -> None:
    line = line_of("site.odd\nforged line", detail="a\nb")

    assert "\n" not in line
    assert json.loads(line)["detail"] == "a\nb"


def test_it_never_writes_a_token() -> None:
    line = line_of("site.odd", seen=["Bearer lgs_" + "x" * 43])

    assert "xxx" not in line


def test_it_cuts_a_long_text() -> None:
    line = json.loads(line_of("site.odd", body="x" * 100_000))

    assert len(line["body"]) == MAX_TEXT + 1


def test_it_keeps_the_end_of_a_traceback() -> None:
    try:
        raise ValueError("the cause")
    except ValueError:
        line = line_of("site.bug", logging.ERROR, exc_info=sys.exc_info())

    assert json.loads(line)["exception"].endswith("ValueError: the cause")


def test_a_503_of_readyz_is_no_error_of_the_site(rf: RequestFactory) -> None:
    probe = logging.makeLogRecord({"request": rf.get("/readyz")})
    page = logging.makeLogRecord({"request": rf.get("/")})

    assert not is_no_probe(probe)
    assert is_no_probe(page)
    assert is_no_probe(logging.makeLogRecord({}))


def test_it_writes_what_json_does_not_know_as_text() -> None:
    line = json.loads(line_of("site.odd", error=OSError("disk")))

    assert line["error"] == "disk"


def test_an_error_that_ends_a_process_is_one_line() -> None:
    crash = "import django; django.setup(); raise ZeroDivisionError('the cause')"

    done = subprocess.run([sys.executable, "-c", crash], capture_output=True, text=True)

    [line] = done.stderr.splitlines()
    assert json.loads(line)["message"] == "logsite.process.crashed"
    assert json.loads(line)["exception"].endswith("ZeroDivisionError: the cause")
    assert done.returncode == 1
