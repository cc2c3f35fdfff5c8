"""What becomes of one entry: handed on, mended and marked, or rejected."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import bson
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.entry import LEVELS, MAX_DEPTH, MAX_ENTRY_BYTES, MAX_FIELDS, LogEntry
from ingest.errors import BadEntry
from ingest.formats.mend import canonical

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
CANONICAL = {
    "timestamp": "2026-03-01T11:59:58.5Z",
    "level": "WARN",
    "service": "billing",
    "message": "card declined",
}


def sent(value: object, *, from_sender: bool = True) -> tuple[LogEntry, bytes]:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return canonical(raw, "default", NOW, from_sender=from_sender)


def entry_of(**fields: object) -> LogEntry:
    return sent(CANONICAL | fields)[0]


def marks_of(**fields: object) -> dict[str, Any]:
    marks: dict[str, Any] = entry_of(**fields).metadata["_logsite"]
    return marks


def code_of(value: object) -> str:
    with pytest.raises(BadEntry) as caught:
        sent(value)
    return caught.value.code


def nested(depth: int) -> dict[str, Any]:
    """An object that is so many levels deep, itself counted."""
    value: dict[str, Any] = {"leaf": 1}
    for _ in range(depth - 1):
        value = {"in": value}
    return value


def test_it_hands_a_canonical_entry_on_byte_for_byte() -> None:
    value = json.dumps(CANONICAL | {"metadata": {"a": [1, {"b": None}]}}).encode()

    entry, same = sent(value)

    assert same is value
    assert entry.timestamp == datetime(2026, 3, 1, 11, 59, 58, 500_000, tzinfo=UTC)


def test_it_needs_only_a_message() -> None:
    entry, _ = sent({"message": "hello"})

    assert entry == LogEntry(NOW, "INFO", "default", "hello", {})


def test_it_writes_the_time_in_utc_into_the_entry_but_keeps_its_bytes() -> None:
    value = json.dumps(CANONICAL | {"timestamp": "2026-03-01T09:00:00+09:00"}).encode()

    entry, same = sent(value)

    assert same is value
    assert entry.timestamp == datetime(2026, 3, 1, tzinfo=UTC)
    assert entry.timestamp.tzinfo is UTC


@pytest.mark.parametrize("message", [None, ""])
def test_it_rejects_an_entry_without_a_message(message: object) -> None:
    assert code_of(CANONICAL | {"message": message}) == "no_message"
    assert code_of({"level": "INFO"}) == "no_message"


def test_it_takes_a_message_of_blanks() -> None:
    assert entry_of(message="  ").message == "  "


@pytest.mark.parametrize("value", [[], 1, "text", None, True])
def test_it_rejects_what_is_not_an_object(value: object) -> None:
    assert code_of(value) == "not_an_object"


def test_it_rejects_invalid_utf8_and_says_where() -> None:
    with pytest.raises(BadEntry, match="byte 13") as caught:
        sent(b'{"message": "\xff"}')

    assert caught.value.code == "invalid_utf8"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"message": "a", "metadata": {"b": "\xc3("}}',
        b'{"message": "a", "other": "\xed\xa0\x80"}',  # a surrogate, encoded
        b'{"message": "a", "other": "\xc0\x80"}',  # an overlong NUL
    ],
)
def test_it_rejects_invalid_utf8_in_any_field(raw: bytes) -> None:
    assert code_of(raw) == "invalid_utf8"


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b'{"message": "a"', b'{"message": "a"} x', b'{"message": "a",}'),
        *(b'{"message": "a\x01b"}', b"{'message': 'a'}", b'{"message": 01}'),
        b'{"message": "a", "n": -}',
    ],
)
def test_it_rejects_what_is_not_json(raw: bytes) -> None:
    assert code_of(raw) == "invalid_json"


def test_it_says_where_json_goes_wrong() -> None:
    with pytest.raises(BadEntry, match=r"line 1 column 14 \(byte 13\)"):
        sent(b'{"message":  oops}')


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e400"])
@pytest.mark.parametrize("field", ["metadata", "other", "timestamp"])
def test_it_rejects_numbers_that_are_not_finite(number: str, field: str) -> None:
    raw = f'{{"message": "a", "{field}": {{"n": [{number}]}}}}'.encode()

    assert code_of(raw) == "not_finite"


def test_it_takes_32_levels_and_rejects_33() -> None:
    assert entry_of(metadata=nested(MAX_DEPTH - 1)).metadata == nested(MAX_DEPTH - 1)
    assert code_of(CANONICAL | {"metadata": nested(MAX_DEPTH)}) == "too_deep"


@pytest.mark.parametrize("field", ["metadata", "other", "message", "level", "_logsite"])
@pytest.mark.parametrize("depth", [33, 100, 900, 5_000, 100_000])
def test_it_rejects_any_depth_in_any_field(field: str, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    raw = f'{{"message": "a", "{field}": {deep}}}'.encode()

    assert code_of(raw) == "too_deep"


def test_it_takes_1000_fields_and_rejects_1001() -> None:
    fields = {f"k{n}": n for n in range(MAX_FIELDS)}

    assert entry_of(metadata=fields).metadata == fields
    assert code_of(CANONICAL | {"metadata": fields | {"x": 1}}) == "too_many_fields"


def test_it_counts_fields_at_all_depths() -> None:
    rows = [{"a": 1, "b": 2}] * (MAX_FIELDS // 2)

    assert code_of(CANONICAL | {"metadata": {"rows": rows}}) == "too_many_fields"


def test_it_takes_a_long_list() -> None:
    numbers = list(range(20_000))

    assert entry_of(metadata={"numbers": numbers}).metadata["numbers"] == numbers


def test_it_rejects_an_entry_over_256_kb() -> None:
    room = MAX_ENTRY_BYTES - len(json.dumps(CANONICAL | {"message": ""}))

    assert len(entry_of(message="x" * room).message) == room
    assert code_of(CANONICAL | {"message": "x" * (room + 1)}) == "too_large"


def test_it_rejects_an_entry_that_mending_makes_too_large() -> None:
    room = MAX_ENTRY_BYTES - len(json.dumps({"message": ""}))

    assert code_of({"message": "x" * room}) == "too_large"


def test_it_keeps_the_spelling_of_a_level() -> None:
    entry = entry_of(level="Warning")

    assert entry.level == "WARN"
    assert entry.metadata == {"_logsite": {"level": "Warning"}}


@pytest.mark.parametrize("level", ["loud", 99, True, ["ERROR"], {"a": 1}, "", 2.5])
def test_it_marks_an_unknown_level(level: object) -> None:
    entry = entry_of(level=level)

    assert entry.level == "INFO"
    assert entry.metadata["_logsite"]["mended"] == ["level"]
    assert "level" in entry.metadata["_logsite"]


@pytest.mark.parametrize("time", ["soon", True, {"$date": 1}, "2026-02-30T00:00:00Z"])
def test_it_takes_the_receipt_time_for_an_unreadable_one(time: object) -> None:
    entry = entry_of(timestamp=time)

    assert entry.timestamp == NOW
    assert entry.metadata["_logsite"]["mended"] == ["timestamp"]
    assert "timestamp" in entry.metadata["_logsite"]


def test_it_marks_a_time_without_zone() -> None:
    entry = entry_of(timestamp="2026-03-01 10:00:00,5")

    assert entry.timestamp == datetime(2026, 3, 1, 10, 0, 0, 500_000, tzinfo=UTC)
    assert entry.metadata["_logsite"] == {
        "mended": ["zone"],
        "timestamp": "2026-03-01 10:00:00,5",
    }


def test_it_does_not_mark_a_time_that_says_all() -> None:
    assert entry_of(timestamp=1_772_366_398).metadata == {}


@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_it_mends_times_that_utc_cannot_say(time: str) -> None:
    assert marks_of(timestamp=time)["mended"] == ["timestamp"]


@pytest.mark.parametrize(
    "digits", [str(2**63), str(-(2**63) - 1), str(2**64), "1" + "0" * 30, "9" * 5_000]
)
def test_it_keeps_integers_beyond_64_bits_as_strings(digits: str) -> None:
    raw = f'{{"message": "a", "metadata": {{"in": [[{{"n": {digits}}}]]}}}}'

    metadata = sent(raw.encode())[0].metadata

    assert metadata["in"] == [[{"n": digits}]]
    assert metadata["_logsite"] == {"mended": ["integers"], "integers": ["n"]}


@pytest.mark.parametrize("digits", [str(2**63), str(-(2**63) - 1), "1" + "0" * 400])
def test_it_keeps_big_integers_at_the_top_of_metadata(digits: str) -> None:
    raw = f'{{"message": "a", "metadata": {{"n": {digits}}}}}'

    assert sent(raw.encode())[0].metadata["n"] == digits


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 10**18, 0])
def test_it_leaves_integers_of_64_bits_alone(number: int) -> None:
    assert entry_of(metadata={"n": [number]}).metadata == {"n": [number]}


@pytest.mark.parametrize(
    ("key", "safe"),
    [
        *(("a.b", "a_b"), ("$where", "_where"), ("a\0b", "a_b"), ("", "_")),
        *(
            ("$", "_"),
            ("..", "__"),
            ("$logsite", "_logsite_"),
            (".logsite", "_logsite_"),
        ),
    ],
)
def test_it_rewrites_keys_that_mongodb_refuses(key: str, safe: str) -> None:
    metadata = entry_of(metadata={"in": {key: 1}}).metadata

    assert metadata["in"] == {safe: 1}
    assert metadata["_logsite"] == {"mended": ["keys"], "keys": {safe: key}}


@pytest.mark.parametrize("key", ["a$b", "__proto__", "_id", "k" * 1_000, "ключ", "a b"])
def test_it_leaves_other_keys_alone(key: str) -> None:
    assert entry_of(metadata={key: {"$": 1}}).metadata[key] == {"_": 1}
    assert entry_of(metadata={key: 1}).metadata == {key: 1}


def test_it_loses_no_value_when_rewritten_keys_meet() -> None:
    metadata = entry_of(metadata={"a.b": 1, "a_b": 2, "a\0b": 3}).metadata

    assert sorted(v for k, v in metadata.items() if k != "_logsite") == [1, 2, 3]
    assert metadata["a_b"] == 2


def test_it_moves_unknown_fields_into_metadata() -> None:
    metadata = entry_of(host="web-1", pid=7, metadata={"a": 1}).metadata

    assert metadata == {
        "a": 1,
        "host": "web-1",
        "pid": 7,
        "_logsite": {"mended": ["fields"], "fields": ["host", "pid"]},
    }


def test_it_moves_a_field_beside_one_of_the_same_name() -> None:
    metadata = entry_of(
        host="outer", host_="third", metadata={"host": "inner"}
    ).metadata

    assert metadata["host"] == "inner"
    assert {metadata["host_"], metadata["host__"]} == {"outer", "third"}


def test_it_wraps_metadata_that_is_no_object() -> None:
    metadata = entry_of(metadata=["a", "b"]).metadata

    assert metadata == {"value": ["a", "b"], "_logsite": {"mended": ["metadata"]}}


@pytest.mark.parametrize(
    ("message", "text"), [(42, "42"), (True, "true"), ({"a": [1]}, '{"a":[1]}')]
)
def test_it_takes_a_message_that_is_no_string_as_json(
    message: object, text: str
) -> None:
    entry = entry_of(message=message)

    assert entry.message == text
    assert entry.metadata["_logsite"] == {"mended": ["message"]}


def test_it_cuts_a_long_service_and_keeps_the_original() -> None:
    entry = entry_of(service="s" * 300)

    assert entry.service == "s" * 200
    assert entry.metadata["_logsite"] == {"mended": ["service"], "service": "s" * 300}


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (rb'{"message": "a\ud83d"}', "a\ufffd"),
        (rb'{"message": "\uDC00\uD83D\uDE00"}', "\ufffd\U0001f600"),
        (rb'{"message": "\\ud83d \ud83d"}', "\\ud83d \ufffd"),
    ],
)
def test_it_replaces_lone_surrogates(raw: bytes, message: str) -> None:
    entry, _ = sent(raw)

    assert entry.message == message
    assert entry.metadata["_logsite"] == {"mended": ["surrogates"]}


def test_it_leaves_escaped_characters_alone() -> None:
    entry, _ = sent(rb'{"message": "\ud83d\ude00 \\ud83d"}')

    assert entry.message == "\U0001f600 \\ud83d"
    assert entry.metadata == {}


def test_it_takes_nul_in_values() -> None:
    assert entry_of(message="a\0b", metadata={"k": "\0"}).message == "a\0b"


def test_it_takes_the_last_of_equal_keys_as_every_parser_does() -> None:
    entry, value = sent(b'{"message": 1, "message": "last"}')

    assert entry.message == "last"
    assert value.count(b"message") == 1


def test_it_rewrites_an_entry_whose_first_of_equal_keys_has_a_wrong_type() -> None:
    raw = json.dumps(CANONICAL).replace('"message"', '"message": 1, "message"')

    _, value = sent(raw.encode())

    assert msgspec.json.decode(value, type=LogEntry).message == "card declined"


def test_it_does_not_let_a_sender_forge_marks() -> None:
    forged = {"mended": ["timestamp"]}

    assert entry_of(metadata={"_logsite": forged}).metadata == {
        "_logsite": {"sent": forged}
    }
    assert marks_of(_logsite="x") == {
        "mended": ["fields"],
        "fields": ["_logsite"],
        "sent": "x",
    }


def test_it_keeps_marks_of_an_entry_that_comes_from_the_topic() -> None:
    _, value = sent(CANONICAL | {"level": "warning"})

    entry, same = sent(value, from_sender=False)

    assert same is value
    assert entry.metadata == {"_logsite": {"level": "warning"}}


def test_it_takes_json_with_blanks_around_it() -> None:
    assert sent(b' {"message": "a"}\r\n')[0].message == "a"


# -- For any JSON --------------------------------------------------------------------

texts = st.text(max_size=12) | st.sampled_from(
    ["a.b", "$x", "", "\0", "_logsite", "$logsite", "mended", "warn", "12", "\ud800"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats(allow_nan=True)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
    ),
    max_leaves=12,
)
names = st.sampled_from(
    ["timestamp", "level", "service", "message", "metadata", "_logsite", "host", "$a.b"]
)
levels = st.sampled_from([*LEVELS, "info", 3, "loud"])
times = st.datetimes().map(str) | st.sampled_from(["2026-01-01T00:00:00.123456789Z"])
likely = st.fixed_dictionaries(
    {"message": texts | values},
    optional={
        "level": levels,
        "timestamp": times,
        "metadata": values,
        "service": texts,
    },
)
objects = st.dictionaries(names, values, max_size=6) | likely


@settings(max_examples=400, deadline=None)
@given(objects, st.booleans(), st.booleans())
def test_any_object_is_an_entry_that_can_be_stored_or_a_bad_entry(
    value: dict[str, Any], ascii_only: bool, from_sender: bool
) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    try:
        entry, stored = canonical(raw, "default", NOW, from_sender=from_sender)
    except BadEntry:
        return

    # What is stored reads as the same entry, and MongoDB's format takes it.
    decoded = msgspec.json.decode(stored, type=LogEntry)
    assert decoded == entry
    document = bson.encode(msgspec.structs.asdict(entry))
    back: dict[str, Any] = bson.decode(document, bson.CodecOptions(tz_aware=True))
    assert back["metadata"] == entry.metadata
    # A second pass changes nothing.
    again, same = canonical(stored, "other", NOW)
    assert same is stored
    assert again == entry


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | values.map(lambda v: json.dumps(v).encode()))
def test_any_bytes_are_an_entry_or_a_bad_entry(raw: bytes) -> None:
    try:
        entry, _ = canonical(raw, "default", NOW)
    except BadEntry:
        return

    assert entry.message
