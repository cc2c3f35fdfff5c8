"""One bad document of an insert costs only itself."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mongo import Document
from ingest.refusals import Accused, Answer, Undecided, read_errors, sift

GOOD, AGAIN, BAD, POISON = "good", "again", "bad", "poison"
KINDS = st.lists(st.sampled_from([GOOD] * 6 + [AGAIN, BAD, POISON]), min_size=1)


class Server:
    """Refuses a bad document by itself; a poisonous one fails the whole command."""

    def __init__(self) -> None:
        self.stored: list[bytes] = []
        self.commands = 0

    def insert(self, documents: list[Document]) -> Answer:
        self.commands += 1
        kinds = [document["kind"] for document in documents]
        if POISON in kinds:
            raise Accused("nested too deeply")
        self.stored += [d["_id"] for d in documents if d["kind"] == GOOD]
        return read_errors(documents, [_error(i, kind) for i, kind in _not_good(kinds)])


def _not_good(kinds: list[str]) -> list[tuple[int, str]]:
    return [(index, kind) for index, kind in enumerate(kinds) if kind != GOOD]


def _error(index: int, kind: str) -> dict[str, Any]:
    if kind == AGAIN:
        return {"index": index, "code": 11000, "keyPattern": {"_id": 1}}
    return {"index": index, "code": 15, "errmsg": "nested too deeply"}


def _documents(kinds: list[str]) -> list[Document]:
    return [{"_id": b"%d" % n, "kind": kind} for n, kind in enumerate(kinds)]


def _ids(documents: list[Document], *kinds: str) -> list[bytes]:
    return [document["_id"] for document in documents if document["kind"] in kinds]


@given(KINDS)
def test_all_good_documents_are_stored_and_exactly_the_bad_ones_named(
    kinds: list[str],
) -> None:
    server, documents = Server(), _documents(kinds)

    answer = sift(documents, server.insert)

    assert server.stored == _ids(documents, GOOD)
    assert [document["_id"] for document in answer.again] == _ids(documents, AGAIN)
    assert list(answer.refused) == _ids(documents, BAD, POISON)


@pytest.mark.parametrize("place", [0, 1, 499, 500, 777, 999])
def test_one_poisonous_document_of_a_thousand_costs_few_commands(place: int) -> None:
    server = Server()
    kinds = [GOOD] * 1000
    kinds[place] = POISON

    sift(_documents(kinds), server.insert)

    assert server.commands <= 2 * math.ceil(math.log2(1000)) + 1


def test_a_refused_document_keeps_the_reason() -> None:
    answer = sift(_documents([GOOD, POISON, BAD]), Server().insert)

    assert answer.refused == {b"1": "nested too deeply", b"2": "nested too deeply"}


def test_an_error_that_is_not_about_a_document_decides_nothing() -> None:
    full = {"index": 0, "code": 14031, "errmsg": "No space left on device"}

    with pytest.raises(Undecided) as raised:
        read_errors(_documents([GOOD]), [full])

    assert raised.value.code == 14031


def test_an_error_that_nobody_knows_decides_nothing() -> None:
    strange = {"index": 0, "code": 987654, "errmsg": "something new"}

    with pytest.raises(Undecided):
        read_errors(_documents([GOOD]), [strange])


def test_it_stops_halving_when_mongodb_goes_away() -> None:
    calls: list[int] = []

    def insert(documents: list[Document]) -> Answer:
        calls.append(len(documents))
        raise Accused("bad") if len(calls) == 1 else Undecided(91, "shutting down")

    with pytest.raises(Undecided):
        sift(_documents([GOOD] * 8), insert)

    assert calls == [8, 4]


def test_a_document_that_a_unique_index_of_somebody_refuses_is_not_stored() -> None:
    errors = [
        {
            "index": 0,
            "code": 11000,
            "keyPattern": {"order": 1},
            "errmsg": "duplicate order",
        }
    ]

    answer = read_errors(_documents([GOOD]), errors)

    assert answer == Answer(refused={b"0": "duplicate order"})
