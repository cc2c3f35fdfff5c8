"""Cursors: written, read, and what is missing where one goes on."""

from __future__ import annotations

import pytest

from ingest.errors import QueryError
from ingest.fold.block import MAX_OFFSET
from ingest.kafka.span import Span
from ingest.tail.cursor import Begun, Gap, after, begin, decode, encode, vector
from ingest.tail.lives import Lives

LIVES = Lives("topic", {})
LIFE = LIVES.incarnation(0)
NAME = f"{LIFE:08x}"
SPANS = {0: Span(10, 50), 1: Span(0, 5)}


def test_a_cursor_is_read_as_it_was_written() -> None:
    text = encode(LIVES, {1: 44, 0: 1204})

    assert text == f"{NAME}.0-1204.1-44"
    assert decode(text) == {(LIFE, 0): 1204, (LIFE, 1): 44}


def test_search_takes_it_with_the_names_of_logs_in_the_store() -> None:
    log_0, log_1 = (bytes.fromhex(f"{NAME}0000000{n}") for n in (0, 1))

    assert vector(f"{NAME}.1-44.0-1204") == ((log_0, 1204), (log_1, 44))
    assert vector("") == ()


def test_a_search_leads_on_behind_what_it_could_see() -> None:
    pinned = {"5d1c09ae:2": 77_626, "5d1c09ae:0": 3, "00000001:1": 8}

    assert after(pinned) == "00000001.1-9_5d1c09ae.0-4.2-77627"
    assert after({}) == ""


@pytest.mark.parametrize(
    "text",
    ["x", "5d1c09ae", "5d1c09ae.0", "5d1c09ae.0-1.", f"5d1c09ae.0-{MAX_OFFSET + 1}"],
)
def test_it_refuses_what_is_no_cursor(text: str) -> None:
    with pytest.raises(QueryError) as refused:
        decode(text)

    assert refused.value.code == "bad_cursor"


def test_it_goes_on_where_the_cursor_is() -> None:
    cursor = {(LIFE, 0): 20, (LIFE, 1): 5}

    assert begin(cursor, LIVES, SPANS) == Begun({0: 20, 1: 5})


def test_a_partition_that_the_cursor_does_not_know_begins_at_its_start() -> None:
    assert begin({(LIFE, 1): 5}, LIVES, SPANS) == Begun({0: 10, 1: 5})


def test_it_says_what_kafka_deleted() -> None:
    begun = begin({(LIFE, 0): 4, (LIFE, 1): 5}, LIVES, SPANS)

    assert begun == Begun({0: 10, 1: 5}, (Gap(0, 4, 10, "expired"),))


def test_it_says_that_a_log_was_cut() -> None:
    begun = begin({(LIFE, 0): 60, (LIFE, 1): 5}, LIVES, SPANS)

    assert begun == Begun({0: 50, 1: 5}, (Gap(0, 50, 50, "truncated"),))


def test_it_says_that_the_topic_is_another_one() -> None:
    begun = begin({(LIFE + 1, 1): 3}, LIVES, {1: Span(0, 5)})

    assert begun == Begun({1: 0}, (Gap(1, 0, 0, "recreated"),))


# Partition 0 was cut to 40 and grew again, then to 20; partition 1 never was.
CUT = Lives("topic", {0: (40, 20)})


def old(generation: int) -> int:
    return CUT.incarnation(generation)


def test_partitions_of_other_generations_have_names_of_their_own() -> None:
    text = encode(CUT, {0: 20, 1: 44})

    assert decode(text) == {(old(2), 0): 20, (LIFE, 1): 44}


def test_the_last_cut_below_an_offset_counts() -> None:
    assert decode(encode(CUT, {0: 45})) == {(old(2), 0): 45}


def test_what_lies_before_a_cut_keeps_its_name() -> None:
    assert decode(encode(CUT, {0: 19})) == {(LIFE, 0): 19}


def test_a_tail_that_had_not_come_to_a_cut_goes_on_through_it() -> None:
    cursor = {(LIFE, 0): 15, (LIFE, 1): 5}

    assert begin(cursor, CUT, SPANS) == Begun({0: 15, 1: 5})


@pytest.mark.parametrize("generation", [0, 1])
def test_a_tail_that_saw_what_was_cut_goes_on_with_what_followed(
    generation: int,
) -> None:
    cursor = {(old(generation), 0): 45, (LIFE, 1): 5}

    begun = begin(cursor, CUT, SPANS)

    assert begun == Begun({0: 20, 1: 5}, (Gap(0, 20, 20, "truncated"),))


def test_the_newest_generation_of_a_cursor_counts() -> None:
    cursor = {(LIFE, 0): 60, (old(2), 0): 33, (LIFE, 1): 5}

    assert begin(cursor, CUT, SPANS) == Begun({0: 33, 1: 5})
