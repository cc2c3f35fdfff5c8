"""How the entries of one body are told apart, and what becomes of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.entry import MAX_ENTRY_BYTES
from ingest.errors import TooLarge, Unreadable
from ingest.formats.batch import MAX_ENTRIES, Batch
from ingest.formats.jsonlines import read_batch

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def line(message: str, **fields: object) -> bytes:
    """One canonical entry."""
    entry = {
        "timestamp": "2026-03-01T11:59:58Z",
        "level": "INFO",
        "service": "billing",
        "message": message,
    }
    return json.dumps(entry | fields).encode()


def batch_of(body: bytes) -> Batch:
    return read_batch(body, "default", NOW)


def messages(body: bytes) -> list[str]:
    return [entry.message for entry in batch_of(body).entries]


def codes(body: bytes) -> dict[int, str]:
    return {one.index: one.code for one in batch_of(body).rejected}


def refusal(body: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        batch_of(body)
    return caught.value


def test_it_hands_canonical_lines_on_byte_for_byte() -> None:
    lines = [line("a"), line("b", metadata={"n": [1]}), line("c")]

    batch = batch_of(b"\n".join(lines) + b"\n")

    assert list(batch.values) == lines
    assert list(batch.indexes) == [0, 1, 2]
    assert batch.mended == 0


def test_it_reads_one_object() -> None:
    assert messages(line("a")) == ["a"]
    assert messages(b'{"message": "a"}') == ["a"]


def test_it_reads_a_pretty_printed_object() -> None:
    pretty = json.dumps({"message": "a", "metadata": {"in": {}}}, indent=2).encode()

    assert messages(pretty) == ["a"]
    assert messages(pretty.replace(b"\n", b"\r\n")) == ["a"]


def test_it_reads_an_array_pretty_printed_or_not() -> None:
    entries = [json.loads(line(text)) for text in "abc"]

    assert messages(json.dumps(entries).encode()) == ["a", "b", "c"]
    assert messages(json.dumps(entries, indent=1).encode()) == ["a", "b", "c"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n", b"\n  \r\n", b" \n"])
def test_it_reads_lines_with_any_end(end: bytes) -> None:
    lines = [line("a"), b'{"message": "b"}', line("c")]

    assert messages(end.join(lines)) == ["a", "b", "c"]
    assert messages(end.join(lines) + end) == ["a", "b", "c"]


def test_it_skips_a_byte_order_mark() -> None:
    assert messages(b"\xef\xbb\xbf" + line("a") + b"\n" + line("b")) == ["a", "b"]


def test_it_does_not_count_blank_lines() -> None:
    assert codes(line("a") + b"\n\n\n" + b"{}") == {1: "no_message"}


def test_it_rejects_one_bad_line_among_1000_by_its_index() -> None:
    lines = [line(str(number)) for number in range(1_000)]
    lines[417] = b'{"message": "cut off'

    batch = batch_of(b"\n".join(lines))

    assert len(batch.entries) == 999
    assert [(one.index, one.code) for one in batch.rejected] == [(417, "invalid_json")]
    assert list(batch.indexes) == [n for n in range(1_000) if n != 417]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b'{"message": "\xff"}', "invalid_utf8"),
        (b'{"message": "a", "n": NaN}', "not_finite"),
        (b'{"message": "a", "n": 1e999}', "not_finite"),
        (b'{"message": "a", "n": ' + b"[" * 40 + b"]" * 40 + b"}", "too_deep"),
        (b'{"message": "a", "n": ' + b"[" * 9_000 + b"]" * 9_000 + b"}", "too_deep"),
        (b'{"message": "' + b"a" * MAX_ENTRY_BYTES + b'"}', "too_large"),
        (b"{}", "no_message"),
        (b"42", "not_an_object"),
        (b'{"message": oops}', "invalid_json"),
    ],
)
def test_it_rejects_only_the_bad_entry(bad: bytes, code: str) -> None:
    assert codes(b"\n".join([line("a"), bad, line("b")])) == {1: code}
    assert codes(b"[" + b" , ".join([line("a"), bad, line("b")]) + b"\n]") == {1: code}


def test_it_reads_lines_after_a_first_line_that_is_bad() -> None:
    assert codes(b'{"message": "cut\n' + line("a")) == {0: "invalid_json"}
    assert codes(b"oops\n" + line("a")) == {0: "invalid_json"}


def test_it_does_not_take_two_objects_on_a_line_for_others() -> None:
    """Where values and lines are as many, but do not lie on one another."""
    split = line("c").replace(b", ", b",\n", 1)
    body = line("a") + line("b") + b"\n" + split + b"\n" + line("d")

    batch = batch_of(body)

    assert all(
        json.loads(value)["message"] == entry.message
        for entry, value in zip(batch.entries, batch.values, strict=True)
    )
    assert messages(body) == ["d"]
    assert codes(body)[0] == "invalid_json"


def test_it_mends_an_entry_with_an_idle_brace_in_its_text() -> None:
    assert messages(line("}{") + b"\n" + line("{\n}")) == ["}{", "{\n}"]


@pytest.mark.parametrize("body", [b"", b" \r\n", b"[]", b"[ ]", b"\xef\xbb\xbf"])
def test_it_refuses_a_body_without_entries(body: bytes) -> None:
    assert refusal(body).code == "no_entries"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"message": oops}', "line 1 column 13 (byte 12)"),
        (b'{\n  "message": "a",\n  "n": 0x1\n}', "line 3 column 9 (byte 28)"),
        (b'[{"message": "a"}', "line 1 column 18 (byte 17)"),
        (b'[{"message": "a"}]]', "line 1 column 19 (byte 18)"),
        (b"oops\nand more", "line 1 column 1 (byte 0)"),
        (b" \n [1", "line 2 column 4 (byte 5)"),
        ('[{"message": "é"}, '.encode(), "line 1 column 19 (byte 19)"),
    ],
)
def test_it_says_where_an_unreadable_body_goes_wrong(body: bytes, place: str) -> None:
    error = refusal(body)

    assert error.code == "unreadable_body"
    assert place in error.message
    assert error.hint


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'["' + b'\\"' * 100_000, b"[" + b"{}" * 9]
)
def test_it_refuses_broken_arrays_in_little_time(body: bytes) -> None:
    assert refusal(body).code == "unreadable_body"


@pytest.mark.parametrize(
    "body",
    [
        b"1\n" * (MAX_ENTRIES + 1),
        b"[" + b"1," * (MAX_ENTRIES + 2) + b"1]",
        b"[" + b"1," * (25 * MAX_ENTRIES) + b"1]",
        b"[" + b"oops," * (MAX_ENTRIES + 2) + b"1]",
    ],
)
def test_it_refuses_more_than_100000_entries(body: bytes) -> None:
    with pytest.raises(TooLarge) as caught:
        batch_of(body)

    assert caught.value.code == "too_many_entries"


def test_it_gives_a_rejection_for_each_when_none_is_accepted() -> None:
    assert codes(b'{}\n{"level": "INFO"}') == {0: "no_message", 1: "no_message"}


def test_it_marks_what_lines_of_a_batch_needed() -> None:
    batch = batch_of(line("a") + b"\n" + line("b", level="warning"))

    assert [entry.level for entry in batch.entries] == ["INFO", "WARN"]
    assert batch.mended == 1


def test_it_moves_marks_of_a_sender_away_in_a_batch_too() -> None:
    batch = batch_of(line("a", metadata={"_logsite": {"mended": ["level"]}}))

    assert batch.entries[0].metadata == {"_logsite": {"sent": {"mended": ["level"]}}}


pieces = st.sampled_from(
    [
        line("a"),
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b"\n",
        b'"',
        b"\\",
        b"NaN",
        b'{"message":1}',
    ]
)


@given(st.lists(pieces | st.binary(max_size=3), max_size=12).map(b"".join))
def test_any_body_is_a_batch_or_refused(body: bytes) -> None:
    try:
        batch = batch_of(body)
    except (Unreadable, TooLarge):
        return

    places = [*batch.indexes, *(one.index for one in batch.rejected)]
    assert sorted(places) == list(range(len(places)))
    assert len(batch.entries) == len(batch.values) == len(batch.indexes)
    for entry, value in zip(batch.entries, batch.values, strict=True):
        assert json.loads(value)["message"] == entry.message
