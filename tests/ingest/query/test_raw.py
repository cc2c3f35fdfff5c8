"""What is told of entries by their bytes is what decoding them tells."""

from __future__ import annotations

from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.block import position, to_ms
from ingest.query.raw import documents_with, head_of, split_cursor
from tests.ingest.query.stored import RECEIVED, array_of, document_of, entry_at

# Zeros, and what looks like the fields of an entry.
names = st.text("a로\0\x02\x0b") | st.sampled_from(
    ["x\0\x02message\0\x07\0\0\0failed", "\x02message\0", "\0", ""]
)


def stored(message: str = "hello", **fields: Any) -> dict[str, Any]:
    return document_of(entry_at(1.5, message), position(1, 2, 3)) | fields


def test_a_reply_is_its_batch_and_the_rest() -> None:
    documents = array_of([{"a": 1}, {"b": "x"}])
    reply = {"firstBatch": [{"a": 1}, {"b": "x"}], "id": 7, "ns": "logsite.logs"}

    batch, rest = split_cursor(bson.encode(reply))

    assert batch == documents
    assert rest == {"id": 7, "ns": "logsite.logs"}


def test_later_replies_are_read_in_the_same_way() -> None:
    batch, rest = split_cursor(bson.encode({"nextBatch": [], "id": 0}))

    assert (batch, rest) == (array_of([]), {"id": 0})


def test_a_reply_that_begins_with_something_else_is_not_taken_for_a_batch() -> None:
    with pytest.raises(ValueError):
        split_cursor(bson.encode({"id": 0, "firstBatch": []}))


def test_it_leaves_out_what_lacks_a_word() -> None:
    texts = ["Failed login", "failed", "a", "LOGIN f", *"xxxxxxx", "login failed"]

    kept = documents_with(array_of(map(stored, texts)), [b"failed", b"login"])

    assert [bson.decode(one)["message"] for one in kept] == [
        "Failed login",
        "login failed",
    ]


def test_of_many_documents_none_is_lost_or_cut() -> None:
    every = [{"_id": n, "message": "failed" if n % 3 else "fine"} for n in range(1_200)]

    kept = [bson.decode(one) for one in documents_with(array_of(every), [b"failed"])]

    assert kept == [one for one in every if one["_id"] % 3]


@given(st.lists(st.text("ab\0\x031", max_size=3), max_size=12), st.text("ab\0\x031"))
def test_whatever_the_bytes_between_documents_each_is_kept_once(
    texts: list[str], word: str
) -> None:
    documents = [{"_id": number, "message": t} for number, t in enumerate(texts)]
    wanted = [one for one in documents if word in str(one["message"])]

    kept = documents_with(array_of(documents), [word.encode() or b"message"])

    found = [bson.decode(one) for one in kept]
    assert [one for one in found if one in wanted] == wanted
    assert len({one["_id"] for one in found}) == len(found)


def test_the_head_of_an_entry_is_time_level_service_and_message() -> None:
    head = head_of(bson.encode(stored("로그인 failed\0x", level="WARN", service="a")))

    assert head == (to_ms(RECEIVED) + 1_500, "WARN", "a", "로그인 failed\0x")


@given(names, names, st.text("failed\0\x02로"))
def test_a_head_is_what_decoding_says_or_not_told(
    level: str, service: str, message: str
) -> None:
    head = head_of(bson.encode(stored(message, level=level, service=service)))

    assert head in (None, (to_ms(RECEIVED) + 1_500, level, service, message))
    assert head or "\0" in level + service


@pytest.mark.parametrize("name", ["received", "level", "service", "message"])
def test_of_an_entry_that_is_laid_out_in_another_way_no_head_is_told(
    name: str,
) -> None:
    document = stored()
    moved = document.pop(name)

    assert head_of(bson.encode(document)) is None
    assert head_of(bson.encode(document | {name: moved})) is None
