"""What becomes of the lines that Loki's senders push."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.entry import LogEntry
from ingest.errors import TooLarge, Unprocessable, Unreadable
from ingest.formats.batch import MAX_COMMAS, Batch
from ingest.formats.loki import read_push, read_push_json
from ingest.formats.lokischema import PushRequest

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = 1_772_366_398_250_000_001  # 2026-03-01T11:59:58.250000001Z
LABELS = '{app="shop", host="web-1", env="prod"}'


def push(*lines: str, labels: str = LABELS, **structured: str) -> bytes:
    """Lines of one stream, all with the same structured metadata."""
    request = PushRequest()
    stream = request.streams.add(labels=labels)
    for line in lines:
        entry = stream.entries.add(line=line)
        entry.timestamp.FromNanoseconds(AT)
        for name, value in structured.items():
            entry.structuredMetadata.add(name=name, value=value)
    return bytes(request.SerializeToString())


def read(body: bytes) -> Batch:
    return read_push(body, "default", NOW)


def read_json(streams: Any) -> Batch:
    return read_push_json(json.dumps({"streams": streams}).encode(), "default", NOW)


def value_of(*parts: Any, **labels: Any) -> LogEntry:
    (entry,) = read_json([{"stream": labels, "values": [list(parts)]}]).entries
    return entry


def codes(batch: Batch) -> dict[int, str]:
    return {one.index: one.code for one in batch.rejected}


def test_it_reads_lines_with_their_labels_and_structured_metadata() -> None:
    batch = read(push("card declined", level="warn", trace_id="0242"))

    (entry,) = batch.entries
    assert (entry.service, entry.level) == ("shop", "WARN")
    assert entry.message == "card declined"
    assert entry.metadata.pop("_logsite") == {"level": "warn"}
    assert entry.metadata == {
        "app": "shop",
        "host": "web-1",
        "env": "prod",
        "trace_id": "0242",
    }


def test_nanoseconds_are_kept() -> None:
    assert b'"2026-03-01T11:59:58.250000001Z"' in read(push("a")).values[0]


def test_json_says_the_same_as_protobuf() -> None:
    stream = {"app": "shop", "host": "web-1", "env": "prod"}
    values = [[str(AT), "a", {"x": "y"}], [str(AT), "b", {"x": "y"}]]

    assert read_json([{"stream": stream, "values": values}]) == read(
        push("a", "b", x="y")
    )


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"service_name": "a", "service": "b", "app": "c"}, "a"),
        ({"service": "b", "app": "c"}, "b"),
        ({"container": "d", "app": "c"}, "c"),
        ({"job": "e", "container": "d"}, "d"),
        ({"job": "e", "other": "f"}, "e"),
        ({"other": "f"}, "default"),
        ({"service_name": "", "job": "e"}, "e"),
    ],
)
def test_the_service_is_found_as_loki_finds_it(
    labels: dict[str, str], service: str
) -> None:
    assert value_of(str(AT), "a", **labels).service == service


@pytest.mark.parametrize("name", ["level", "detected_level", "severity", "lvl"])
def test_the_level_comes_from_a_label(name: str) -> None:
    assert value_of(str(AT), "a", **{name: "error"}).level == "ERROR"


def test_the_entrys_own_level_is_nearer_than_the_streams() -> None:
    entry = value_of(str(AT), "a", {"level": "error"}, level="info")

    assert entry.level == "ERROR"


def test_without_one_the_level_is_info() -> None:
    assert value_of(str(AT), "a").level == "INFO"


def test_names_that_meet_lose_no_value() -> None:
    entry = value_of(str(AT), "a", {"env": "b", "k8s.pod": "c"}, env="a")

    assert entry.metadata == {"env": "a", "env_": "b", "k8s_pod": "c"}


@pytest.mark.parametrize("year", [1, 1960, 1970, 2026, 2262])
def test_a_clock_may_be_years_off(year: int) -> None:
    request = PushRequest()
    entry = request.streams.add(labels="{}").entries.add(line="a")
    entry.timestamp.FromDatetime(datetime(year, 6, 1, tzinfo=UTC))

    (read_entry,) = read(request.SerializeToString()).entries

    assert read_entry.timestamp.year == (year if year > 1 else NOW.year)
    assert ("_logsite" in read_entry.metadata) is (year == 1)


def test_a_time_beyond_the_calendar_is_marked() -> None:
    request = PushRequest()
    entry = request.streams.add(labels="{}").entries.add(line="a")
    entry.timestamp.seconds = 2**62

    (read_entry,) = read(request.SerializeToString()).entries

    assert read_entry.timestamp == NOW
    assert read_entry.metadata["_logsite"]["mended"] == ["timestamp"]


def test_without_a_time_that_of_receipt_counts() -> None:
    request = PushRequest()
    request.streams.add(labels="{}").entries.add(line="a")

    (entry,) = read(request.SerializeToString()).entries

    assert entry.timestamp == NOW


def test_few_digits_in_json_are_nanoseconds_as_well() -> None:
    assert value_of("1000000000", "a").timestamp == datetime(
        1970, 1, 1, 0, 0, 1, tzinfo=UTC
    )


@pytest.mark.parametrize("sent", ["soon", "", None, True, [], "9" * 40])
def test_an_unreadable_time_in_json_is_marked_or_that_of_receipt(sent: Any) -> None:
    assert value_of(sent, "a").timestamp == NOW


def test_labels_that_cannot_be_read_reject_their_lines_only() -> None:
    body = push("a", "b", labels="{oops}") + push("c")

    batch = read(body)

    assert codes(batch) == {0: "bad_labels", 1: "bad_labels"}
    assert [entry.message for entry in batch.entries] == ["c"]


def test_an_empty_line_is_rejected_alone() -> None:
    batch = read(push("a", "", "b"))

    assert codes(batch) == {1: "no_message"}
    assert list(batch.indexes) == [0, 2]


@pytest.mark.parametrize(
    "value", [5, "a", None, {}, [], ["1"], ["1", "a", {}, 1], ["1", "a", "b"]]
)
def test_a_value_that_is_no_line_is_rejected_alone(value: Any) -> None:
    batch = read_json([{"stream": {}, "values": [value, [str(AT), "fine"]]}])

    assert codes(batch) == {0: "bad_value"}
    assert len(batch.entries) == 1


def test_a_line_that_is_no_text_is_taken_in_words() -> None:
    assert value_of(str(AT), {"a": 1}).message == '{"a":1}'


def test_a_request_without_streams_is_refused_as_loki_refuses_it() -> None:
    for empty in (b"", PushRequest().SerializeToString()):
        with pytest.raises(Unprocessable) as refused:
            read(empty)
        assert (refused.value.status, refused.value.code) == (422, "no_streams")
    with pytest.raises(Unprocessable):
        read_json([])


def test_a_stream_without_lines_is_no_error() -> None:
    assert read(push()).entries == []
    assert read_json([{"stream": {"a": "b"}, "values": []}]).entries == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"{",
        b'{"streams": {}}',
        b'{"streams": [1]}',
        b'{"streams": [{"stream": [], "values": []}]}',
        b'{"streams": [{"stream": {}, "values": {}}]}',
        b'{"streams": [{"stream": {"a": "\xff"}, "values": []}]}',
    ],
)
def test_it_refuses_json_of_another_shape(body: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read_push_json(body, "default", NOW)

    assert refused.value.code == "unreadable_body"


def test_it_refuses_more_parts_than_it_would_decode() -> None:
    body = b'{"streams": [' + b"{}," * (MAX_COMMAS + 1) + b"{}]}"

    with pytest.raises(TooLarge):
        read_push_json(body, "default", NOW)


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_it_refuses_a_truncated_body(cut: int) -> None:
    with pytest.raises(Unreadable, match="PushRequest"):
        read(push("card declined")[:-cut])
