"""Lines of JSON in the shapes of the usual logging libraries."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ingest.formats.jsonlog import read_json_line


def read(line: str) -> Any:
    entry = read_json_line(line.encode())
    return None if entry is None else msgspec.json.decode(msgspec.json.encode(entry))


def test_it_hands_on_an_entry_as_it_is() -> None:
    line = '{"timestamp":"2026-03-09T10:11:12Z","level":"INFO","message":"b"}'

    assert read(line) == msgspec.json.decode(line)


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        (
            '{"level":50,"time":1773051072345,"msg":"no stock","pid":7}',
            {
                "level": "ERROR",
                "timestamp": 1773051072345,
                "message": "no stock",
                "metadata": {"pid": 7},
            },
        ),
        (
            '{"event":"sold","level":"info","ts":1773051072.5}',
            {"message": "sold", "level": "info", "timestamp": 1773051072.5},
        ),
        (
            '{"log":"sold\\n","stream":"stderr","time":"2026-03-09T10:11:12Z"}',
            {
                "message": "sold",
                "timestamp": "2026-03-09T10:11:12Z",
                "metadata": {"stream": "stderr"},
            },
        ),
        (
            '{"@timestamp":"2026-03-09T10:11:12Z","log.level":"WARN","message":"a",'
            '"service.name":"cart"}',
            {
                "message": "a",
                "level": "WARN",
                "timestamp": "2026-03-09T10:11:12Z",
                "service": "cart",
            },
        ),
    ],
    ids=["pino", "structlog", "docker", "ecs"],
)
def test_it_knows_the_names_that_libraries_use(line: str, entry: object) -> None:
    assert read(line) == entry


def test_it_puts_the_rest_beside_the_metadata_that_was_sent() -> None:
    entry = read('{"message":"a","b":1,"c":2,"metadata":{"b":3}}')

    assert entry == {"message": "a", "metadata": {"b": 3, "c": 2}}


def test_it_keeps_every_digit_of_a_large_number() -> None:
    entry = read_json_line(b'{"message":"a","n":123456789012345678901234567890}')

    assert b'"n":123456789012345678901234567890' in msgspec.json.encode(entry)


@pytest.mark.parametrize(
    "line", ["{", "[1]", '{"a":1}', "text", '{"message":\xff}', ""]
)
def test_it_reads_nothing_from_what_is_no_entry(line: str) -> None:
    assert read_json_line(line.encode("latin-1")) is None
