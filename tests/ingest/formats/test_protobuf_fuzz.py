"""Bytes of any kind are entries or a refusal, never a failure."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import pytest
from cramjam import snappy
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.limits import unsnappy
from ingest.errors import Refused
from ingest.formats.batch import Batch
from ingest.formats.loki import read_push, read_push_json
from ingest.formats.mend import canonical
from ingest.formats.otlp import batch_of, read_protobuf
from ingest.formats.otlpjson import read_otlp_json
from tests.ingest.formats.otlpdata import pairs, record, request
from tests.ingest.formats.test_loki import push

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
Read = Callable[[bytes, str, datetime], Batch]

# Requests with a bit of everything, from which the fuzzed ones are made.
OTLP: Final = request(
    record(
        {"a": [1, 2.5, b"\x00", None, {"b": True}]},
        severity_number=17,
        severity_text="ERROR",
        trace_id=bytes(range(16)),
        span_id=bytes(range(8)),
        flags=1,
        event_name="paid",
        attributes={"order.id": 4711, "": "empty"},
    ),
    record(""),
    resource={"service.name": "shop", "host.name": "web-1"},
    scope={"name": "lib", "version": "1"},
).SerializeToString()
LOKI: Final = push("paid", "", labels='{app="shop", level="warn"}', trace_id="0242")
CORPUS: Final = [
    b"",
    b"\x00",
    b"\x0a",  # a field, and no length
    b"\x0a\xff\xff\xff\xff\x0f",  # a length of 4 GB
    b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # -1
    b"\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00",  # a number without end
    b"\x0b" * 200,  # groups in groups
    b"\x0c",  # the end of a group that never began
    b"\x08\x01",  # another type than the field's
    b"\xfa\xff\xff\xff\x0f\x00",  # the largest field number, unknown
    b"\x07\x00",  # a wire type that does not exist
    b"\x0a\x02\x0a\x00" * 1_000,
    OTLP + OTLP,
    LOKI + LOKI,
    OTLP + LOKI,
]
READERS: Final = {"otlp": read_protobuf, "loki": read_push}


def tried(read: Read, body: bytes) -> None:
    """Read it; what is accepted is canonical, whatever was sent."""
    with suppress(Refused):
        batch = read(body, "default", NOW)
        assert len(batch.entries) == len(batch.values) == len(batch.indexes)
        assert all(is_canonical(value) for value in batch.values)


def is_canonical(value: bytes) -> bool:
    """Whether the store worker takes it as it is."""
    return canonical(value, "default", NOW)[1] == value


@pytest.mark.parametrize("protocol", READERS)
@pytest.mark.parametrize("body", CORPUS, ids=lambda body: body[:12].hex() or "empty")
def test_what_is_known_to_hurt_parsers_is_read_or_refused(
    protocol: str, body: bytes
) -> None:
    tried(READERS[protocol], body)


@pytest.mark.parametrize(("protocol", "whole"), [("otlp", OTLP), ("loki", LOKI)])
def test_a_body_cut_anywhere_is_read_or_refused(protocol: str, whole: bytes) -> None:
    for end in range(len(whole)):
        tried(READERS[protocol], whole[:end])


@given(st.sampled_from([OTLP, LOKI]), st.data())
def test_a_body_with_changed_bytes_is_read_or_refused(
    whole: bytes, data: st.DataObject
) -> None:
    body = bytearray(whole)
    places = st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=8)
    for place in data.draw(places):
        body[place] = data.draw(st.integers(0, 255))

    for read in READERS.values():
        tried(read, bytes(body))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for read in (read_protobuf, read_push, read_otlp_json, read_push_json):
        tried(read, body)


@given(st.binary(max_size=300))
def test_any_bytes_are_unpacked_or_refused(body: bytes) -> None:
    assert unsnappy(bytes(snappy.compress_raw(body))) == body
    with suppress(Refused):
        unsnappy(body)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(body=values, attribute=values)
def test_values_of_any_type_and_shape_make_an_entry(
    body: object, attribute: object
) -> None:
    one = record(body, event_name="paid")
    one.attributes.extend(pairs({"it": attribute}))

    batch = batch_of(request(one), "default", NOW)

    assert batch.rejected == []
    assert is_canonical(batch.values[0])
