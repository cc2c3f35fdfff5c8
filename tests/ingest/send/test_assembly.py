"""Lines become batches, and the same lines the same batches."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

from ingest.entry import MAX_ENTRY_BYTES
from ingest.formats.linetimes import Reading
from ingest.send.assembly import Assembly, Format, Settings
from ingest.send.batch import Batch, Batcher, Entry, entries_per_batch
from ingest.send.reader import read_lines

READING = Reading(datetime(2026, 3, 10, 12, 0, tzinfo=UTC))


def assemble(
    data: bytes, format: Format = "auto", size: int = 1_000
) -> tuple[list[Batch], Assembly]:
    assembly = Assembly(Settings(READING, "shop", format, size))
    batches: list[Batch] = []
    for line in read_lines(io.BytesIO(data)):
        batches += assembly.add(line)
    return [*batches, *assembly.finish()], assembly


def entries(data: bytes, format: Format = "auto") -> list[dict[str, Any]]:
    batches, _ = assemble(data, format)
    return [json.loads(entry.body) for batch in batches for entry in batch.entries]


def test_it_makes_an_entry_of_a_line_of_text() -> None:
    assert entries(b"2026-03-09T10:11:12Z ERROR no stock\r\n") == [
        {
            "timestamp": "2026-03-09T10:11:12Z",
            "level": "ERROR",
            "service": "shop",
            "message": "no stock",
        }
    ]


def test_it_marks_what_was_inferred_and_how_the_level_was_spelled() -> None:
    [entry] = entries(b"[Mon Mar 09 10:11:12 2026] [notice] up")

    assert entry["level"] == "INFO"
    assert entry["metadata"]["_logsite"] == {
        "mended": ["zone"],
        "timestamp": "Mon Mar 09 10:11:12 2026",
        "level": "notice",
    }


def test_it_sends_no_time_where_the_line_has_none() -> None:
    assert entries(b"hello") == [{"service": "shop", "message": "hello"}]


def test_it_mixes_json_and_text_when_it_may() -> None:
    found = entries(b'{"msg":"a"}\nb\n{broken')

    assert [entry["message"] for entry in found] == ["a", "b", "{broken"]


def test_it_takes_json_as_text_when_it_is_told() -> None:
    [entry] = entries(b'{"msg":"a"}', "text")

    assert entry["message"] == '{"msg":"a"}'


def test_it_refuses_other_lines_by_number_when_only_json_is_allowed() -> None:
    batches, assembly = assemble(b'{"msg":"a"}\nb\n\n{"x":1}\n', "json")

    assert len(batches[0].entries) == 1
    assert [(r.number, r.code) for r in assembly.refused] == [
        (2, "invalid_json"),
        (4, "invalid_json"),
    ]


def test_it_refuses_a_line_that_is_too_long_and_reads_on() -> None:
    long_line = b"x" * (3 * MAX_ENTRY_BYTES)

    batches, assembly = assemble(b"a\n" + long_line + b"\nb")

    assert [json.loads(e.body)["message"] for e in batches[0].entries] == ["a", "b"]
    assert [(r.number, r.code) for r in assembly.refused] == [(2, "too_large")]
    assert batches[0].entries[1].start == 2 + len(long_line) + 1


def test_it_shows_bytes_that_are_not_utf8() -> None:
    [entry] = entries(b"caf\xe9 is open")

    assert entry["message"] == "caf\\xe9 is open"


def test_it_leaves_a_byte_order_mark_out() -> None:
    [entry] = entries(b"\xef\xbb\xbfhello")

    assert entry["message"] == "hello"


def test_it_makes_the_same_keys_of_the_same_file() -> None:
    data = b"\n".join(b"line %d" % n for n in range(25))

    first, _ = assemble(data, size=10)
    second, _ = assemble(data, size=10)

    assert [len(batch.entries) for batch in first] == [10, 10, 5]
    assert [b.key("/a.log") for b in first] == [b.key("/a.log") for b in second]


def test_it_gives_equal_content_at_another_place_or_file_another_key() -> None:
    batches, _ = assemble(b"same\nsame\n", size=1)

    first, second = batches
    assert first.body == second.body
    assert len({first.key("/a.log"), second.key("/a.log"), first.key("/b.log")}) == 3


def test_it_ends_a_batch_before_it_has_too_many_bytes() -> None:
    batcher = Batcher(max_entries=100, max_bytes=25)
    entry = Entry(b"x" * 10, 1, 1, 0, 11)

    full = [batch for _ in range(5) for batch in batcher.add(entry)]

    assert [len(batch.entries) for batch in full] == [2, 2]
    assert batcher.has_entries


def test_it_makes_small_batches_at_slow_rates() -> None:
    rates = (None, 0.5, 20, 1_000, 50_000)

    assert [entries_per_batch(rate) for rate in rates] == [1_000, 1, 20, 1_000, 1_000]
