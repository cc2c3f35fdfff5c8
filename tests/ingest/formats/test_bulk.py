"""How the items of a `_bulk` body are told apart, and what becomes of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.entry import MAX_ENTRY_BYTES
from ingest.errors import TooLarge, Unreadable
from ingest.formats.batch import MAX_ENTRIES
from ingest.formats.bulk import Action, BulkBatch, read_bulk

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CREATE = b'{"create":{"_index":"web"}}'
DOCUMENT = b'{"@timestamp":"2026-03-01T11:59:58Z","message":"a","log.level":"error"}'


def batch_of(*lines: bytes, end: bytes = b"\n") -> BulkBatch:
    return read_bulk(b"\n".join(lines) + end, None, "default", NOW)


def codes(batch: BulkBatch) -> dict[int, str]:
    return {one.index: one.code for one in batch.rejected}


def refusal(body: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read_bulk(body, None, "default", NOW)
    return caught.value


def test_it_makes_an_entry_of_a_document() -> None:
    batch = batch_of(CREATE, DOCUMENT)

    assert json.loads(batch.values[0]) == {
        "timestamp": "2026-03-01T11:59:58Z",
        "level": "ERROR",
        "service": "default",
        "message": "a",
        "metadata": {"index": "web", "_logsite": {"level": "error"}},
    }
    assert not batch.rejected


def test_it_takes_create_and_index() -> None:
    batch = batch_of(CREATE, DOCUMENT, b'{"index":{"_id":"7"}}', DOCUMENT)

    assert len(batch.entries) == 2
    assert batch.actions == [
        Action("create", "web", None),
        Action("index", None, "7"),
    ]


def test_it_takes_the_index_of_the_path_where_an_action_names_none() -> None:
    body = b"\n".join([b'{"create":{}}', DOCUMENT, CREATE, DOCUMENT, b""])

    batch = read_bulk(body, "app", "default", NOW)

    assert [action.index for action in batch.actions] == ["app", "web"]
    assert [entry.metadata["index"] for entry in batch.entries] == ["app", "web"]


def test_it_rejects_update_and_delete_item_by_item() -> None:
    batch = batch_of(
        *(b'{"delete":{"_id":"1"}}', CREATE, DOCUMENT),
        *(b'{"update":{"_id":"1"}}', b'{"doc":{}}', CREATE, DOCUMENT),
    )

    assert codes(batch) == {0: "not_supported", 2: "not_supported"}
    assert list(batch.indexes) == [1, 3]
    assert [action.verb for action in batch.actions] == [
        *("delete", "create", "update", "create")
    ]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n"])
def test_it_reads_a_body_whatever_its_end(end: bytes) -> None:
    assert len(batch_of(CREATE, DOCUMENT, end=end).entries) == 1


def test_it_reads_lines_that_end_in_crlf() -> None:
    body = b"\r\n".join([CREATE, DOCUMENT, CREATE, DOCUMENT, b""])

    assert len(read_bulk(body, None, "default", NOW).entries) == 2


def test_it_keeps_the_good_ones_of_alternating_documents() -> None:
    bad = [b"{", b"[1]", b'{"no": "message"}', b'{"message": "\xff"}', b"NaN"]
    lines = [line for one in bad for line in (CREATE, one, CREATE, DOCUMENT)]

    batch = batch_of(*lines)

    assert list(batch.indexes) == [1, 3, 5, 7, 9]
    assert codes(batch) == {
        0: "invalid_json",
        2: "not_an_object",
        4: "no_message",
        6: "invalid_utf8",
        8: "not_finite",
    }


def test_it_rejects_a_last_action_without_its_document() -> None:
    batch = batch_of(CREATE, DOCUMENT, CREATE)

    assert codes(batch) == {1: "no_document"}
    assert len(batch.actions) == 2


def test_it_rejects_a_document_over_256_kb() -> None:
    large = json.dumps({"message": "x" * MAX_ENTRY_BYTES}).encode()

    assert codes(batch_of(CREATE, large, CREATE, DOCUMENT)) == {0: "too_large"}


@pytest.mark.parametrize(
    "action",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"create":1}',
        b'{"upsert":{}}',
        b'{"index":{},"create":{}}',
    ],
)
def test_it_refuses_all_of_a_body_with_a_malformed_action(action: bytes) -> None:
    error = refusal(b"\n".join([CREATE, DOCUMENT, action, DOCUMENT, b""]))

    assert error.code == "malformed_action"
    assert "[3]" in error.message


@pytest.mark.parametrize("body", [b"", b"\n", b"\xef\xbb\xbf\n \n"])
def test_it_refuses_a_body_without_an_action(body: bytes) -> None:
    assert refusal(body).code == "no_entries"


def test_it_refuses_more_items_than_a_request_may_have() -> None:
    with pytest.raises(TooLarge):
        batch_of(*[b'{"delete":{}}'] * (MAX_ENTRIES + 1))


def identity(*actions: bytes) -> bytes:
    return batch_of(*[line for one in actions for line in (one, DOCUMENT)]).identity


def test_it_knows_documents_again_that_are_created_under_names() -> None:
    one, other = b'{"create":{"_id":"7"}}', b'{"create":{"_id":"8"}}'

    assert identity(one, other) == identity(one, other) != b""
    assert identity(one, other) != identity(other, one)
    assert identity(one) != identity(b'{"create":{"_id":"7","_index":"web"}}')


def test_it_does_not_know_documents_again_that_may_be_others() -> None:
    named, overwritten = b'{"create":{"_id":"7"}}', b'{"index":{"_id":"7"}}'

    assert identity(named, CREATE) == identity(overwritten) == b""


LINES = st.lists(
    st.sampled_from([CREATE, DOCUMENT, b'{"delete":{}}', b"", b"{", b'{"update":{}}'])
    | st.binary(max_size=20),
    max_size=12,
)


@given(LINES)
def test_it_answers_for_every_item_or_for_none(lines: list[bytes]) -> None:
    try:
        batch = batch_of(*lines)
    except Unreadable:
        return

    answered = [*batch.indexes, *(one.index for one in batch.rejected)]
    assert sorted(answered) == list(range(len(batch.actions)))


@given(st.dictionaries(st.text(), st.text() | st.integers(), max_size=8), st.text())
def test_it_takes_any_object_with_a_message(
    more: dict[str, object], message: str
) -> None:
    document = more | {"message": f"x{message}"}

    batch = batch_of(CREATE, json.dumps(document).encode())

    assert len(batch.entries) == 1
