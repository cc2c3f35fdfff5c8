"""The word filter never misses a word."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.entry import LogEntry
from ingest.fold import terms
from ingest.fold.block import EPOCH

WORDS = st.sets(st.binary(min_size=1, max_size=12), max_size=300)


@given(WORDS)
def test_it_holds_every_word_that_was_put_in(words: set[bytes]) -> None:
    bits, size = terms.build(terms.digests(words))

    assert len(bits) * 8 == size
    assert all(terms.may_hold(bits, size, word) for word in words)


def test_few_absent_words_look_present() -> None:
    words = {b"w%d" % n for n in range(4_000)}
    bits, size = terms.build(terms.digests(words))

    wrong = sum(terms.may_hold(bits, size, b"absent%d" % n) for n in range(10_000))

    assert wrong < 200  # 1.2 % is expected at 10 bits a word; here there are more


def test_a_filter_folded_in_half_is_the_filter_of_half_the_size() -> None:
    assert {p % 512 for p in terms.positions(b"declined", 1024)} == set(
        terms.positions(b"declined", 512)
    )


def test_it_is_searched_in_message_and_metadata_but_not_in_our_marks() -> None:
    metadata = {
        "user": "mina",
        "retries": 3,
        "ratio": 0.5,
        "ok": True,
        "none": None,
        "nested": {"list": ["deep", {"er": "deepest"}]},
        "_logsite": {"mended": ["year"]},
    }

    texts = list(terms.texts_of("hello", metadata))

    assert texts == ["hello", "mina", "3", "0.5", "true", "deep", "deepest"]


@pytest.mark.parametrize("around", [{}, {"sent": 1}])
def test_time_and_level_are_searched_as_they_were_spelled(
    around: dict[str, Any],
) -> None:
    spelled = {"timestamp": "Dec 04 04:47:44", "level": "notice", "zone": "UTC"}

    for marks in (spelled | around, {"sent": spelled}):
        texts = list(terms.texts_of("hello", {"_logsite": marks}))
        assert texts == ["hello", "Dec 04 04:47:44", "notice"]


@pytest.mark.parametrize("marks", [{"level": "Info"}, {"level": 3}, ["x"]])
def test_no_other_mark_is_searched(marks: Any) -> None:
    assert list(terms.texts_of("hello", {"_logsite": marks})) == ["hello"]


@pytest.mark.parts
def test_mongodb_agrees_on_the_bits(mongo: Any) -> None:
    bits, size = terms.build(terms.digests({b"card", b"declined"}))
    mongo["blocks"].insert_one({"terms": bits})

    def found(word: bytes) -> int:
        where = {"terms": {"$bitsAllSet": terms.positions(word, size)}}
        return int(mongo["blocks"].count_documents(where))

    assert (found(b"card"), found(b"declined"), found(b"absent")) == (1, 1, 0)


def test_the_texts_of_many_entries_are_those_of_each() -> None:
    metadata: list[dict[str, Any]] = [
        {},
        {"host": "a", "id": "b"},
        {"host": "a", "n": 5, "deep": {"x": ["y", True]}},
        {"_logsite": {"year": "inferred", "level": "notice"}, "host": "c"},
    ]
    entries = [LogEntry(EPOCH, "INFO", "s", "hello", each) for each in metadata]

    together = terms.texts_of_all(entries)

    apart = [t for each in metadata for t in terms.texts_of("hello", each)]
    assert sorted(together) == sorted(apart)
