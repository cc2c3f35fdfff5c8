"""What a socket may ask for."""

from __future__ import annotations

import pytest

from ingest.errors import QueryError
from ingest.query.filter import LogFilter
from logsite.tail.asked import (
    FilterMessage,
    PauseMessage,
    ResumeMessage,
    asked_in,
    read_message,
)


def test_it_reads_words_services_levels_and_the_cursor() -> None:
    query = b"q=card%20-test&service=api&service=auth&level=err&cursor=00000007.0-1"

    assert asked_in(query) == (
        LogFilter("card -test", ("api", "auth"), ("ERROR",)),
        "00000007.0-1",
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (b"levels=error", "unknown_parameter"),
        (b"level=loud", "bad_level"),
        (b"q=" + b"x" * 4_001, "query_too_long"),
    ],
)
def test_it_refuses_what_search_would_refuse(query: bytes, code: str) -> None:
    with pytest.raises(QueryError) as refused:
        asked_in(query)

    assert refused.value.code == code


def test_it_reads_messages_of_the_client() -> None:
    assert read_message('{"type":"filter","q":"card"}') == FilterMessage("card")
    assert read_message('{"type":"pause"}') == PauseMessage()
    assert read_message('{"type":"resume"}') == ResumeMessage()
    assert read_message('{"type":"resume","newest":50}') == ResumeMessage(50)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"type":"stop"}',
        '{"type":"filter","q":1}',
        '{"type":"resume","newest":-1}',
    ],
)
def test_it_refuses_other_messages(text: str) -> None:
    with pytest.raises(QueryError):
        read_message(text)
