"""The cursor: whole and of this search, or refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import QueryError
from ingest.query.cursor import Cursor, decode, encode
from ingest.query.filter import LogFilter
from ingest.query.page import Matched, Place
from tests.ingest.query.stored import RECEIVED

ASKED = LogFilter("failed", ("api",), ("ERROR",))
CURSOR = Cursor(
    start=RECEIVED,
    end=None,
    place=Place(RECEIVED, bytes(range(16))),
    complete_to=RECEIVED,
    matched=Matched(120, exact=True),
    shown=50,
    offsets={b"\0\0\0\1\0\0\0\0": 2**63 - 1, b"\0\0\0\1\0\0\0\1": -1},
)


def test_it_carries_all_that_the_next_page_needs() -> None:
    assert decode(encode(CURSOR, ASKED), ASKED) == CURSOR


def test_it_fits_into_a_query_string_as_it_is() -> None:
    text = encode(CURSOR, ASKED)

    assert text.replace("-", "").replace("_", "").isalnum()


def test_a_thousand_partitions_stay_below_what_servers_take() -> None:
    offsets = {bytes(4) + n.to_bytes(4, "big"): n * 7919 for n in range(1000)}
    cursor = Cursor(None, None, CURSOR.place, None, Matched(0, True), 0, offsets)

    assert len(encode(cursor, ASKED)) < 16_000


@given(st.data())
def test_a_changed_cursor_is_refused(data: st.DataObject) -> None:
    raw = bytearray(base64.urlsafe_b64decode(_padded(encode(CURSOR, ASKED))))
    index = data.draw(st.integers(0, len(raw) - 1))
    raw[index] ^= data.draw(st.integers(1, 255))

    with pytest.raises(QueryError) as refused:
        decode(base64.urlsafe_b64encode(raw).decode(), ASKED)

    assert refused.value.code == "bad_cursor"


@given(st.text(max_size=100))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(QueryError) as refused:
        decode(text, ASKED)

    assert refused.value.code == "bad_cursor"


def test_the_cursor_of_another_search_is_refused() -> None:
    with pytest.raises(QueryError) as refused:
        decode(encode(CURSOR, ASKED), LogFilter("failed", ("api",)))

    assert refused.value.code == "cursor_of_another_search"


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
