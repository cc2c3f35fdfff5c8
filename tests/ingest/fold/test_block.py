"""What the document of a block says."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.block import (
    BLOCK_OFFSETS,
    MAX_SPANS,
    MIN_GAP_MS,
    OpenBlock,
    State,
    parse_position,
    position,
    spans,
)
from ingest.fold.duplicates import KEY_HOLDS_MS, BlockRequests, SeenRequests
from ingest.fold.state import PartitionFold
from tests.ingest.fold.log import LANE, START_MS, make_message

TIMES = st.lists(st.integers(-(10**12), 2 * 10**12), max_size=60)


@given(TIMES)
def test_spans_cover_every_time_and_touch_only_times(times: list[int]) -> None:
    covered = spans(times)

    assert len(covered) <= MAX_SPANS
    assert all(any(a <= t <= b for a, b in covered) for t in times)
    assert all(a in times and b in times for a, b in covered)


@given(TIMES)
def test_spans_are_disjoint_and_ascending(times: list[int]) -> None:
    for (_, before), (after, _) in pairwise(spans(times)):
        assert after - before > MIN_GAP_MS


def test_one_wrong_clock_does_not_widen_the_span_of_the_others() -> None:
    noon = 1_772_366_400_000
    day_ahead = noon + 86_400_000

    assert spans([noon, noon + 5, day_ahead]) == [(noon, noon + 5), (day_ahead,) * 2]


def test_a_position_sorts_by_partition_and_offset() -> None:
    places = [(1, 0, 5), (1, 0, 300), (1, 1, 0), (2, 0, 0)]

    packed = [position(*place) for place in places]

    assert packed == sorted(packed)
    assert [parse_position(each) for each in packed] == places


def test_holes_that_go_on_are_one_run() -> None:
    block = OpenBlock(10, START_MS)
    block.add_hole(State.VOID, 2, START_MS)
    block.add_hole(State.VOID, 1, START_MS)
    block.add_hole(State.DEAD, 1, START_MS)

    assert block.holes == [["void", 10, 12], ["dead", 13, 13]]


def test_a_block_ends_after_its_number_of_offsets() -> None:
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(n) for n in range(BLOCK_OFFSETS + 1)])

    full, begun = fold.take_writes().blocks

    assert (full["last"], full["done"]) == (BLOCK_OFFSETS - 1, True)
    assert (begun["first"], begun["done"]) == (BLOCK_OFFSETS, False)


def test_a_block_begun_just_now_may_wait_while_whole_blocks_arrive() -> None:
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(n) for n in range(BLOCK_OFFSETS + 1)])

    writes = fold.take_writes(may_wait=True)

    assert [block["last"] for block in writes.blocks] == [BLOCK_OFFSETS - 1]
    assert len(writes.entries["20260301"]) == BLOCK_OFFSETS + 1


def test_a_head_says_no_more_than_the_blocks_beside_it() -> None:
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(n, START_MS + n) for n in range(BLOCK_OFFSETS + 1)])

    writes = fold.take_writes(may_wait=True)

    newest = writes.newest
    assert newest is not None
    assert (newest.offset, writes.next_offset) == (BLOCK_OFFSETS - 1, BLOCK_OFFSETS)
    assert writes.received == newest.received == START_MS + BLOCK_OFFSETS - 1


def test_a_block_that_waited_is_given_next_although_nothing_came() -> None:
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(n, START_MS + n) for n in range(BLOCK_OFFSETS + 1)])
    fold.take_writes(may_wait=True)

    writes = fold.take_writes(may_wait=True)

    assert [block["first"] for block in writes.blocks] == [BLOCK_OFFSETS]
    assert writes.next_offset == BLOCK_OFFSETS + 1
    assert writes.oldest == START_MS + BLOCK_OFFSETS
    assert not writes.entries


def test_no_block_waits_where_less_than_a_block_arrives_at_a_time() -> None:
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(n) for n in range(BLOCK_OFFSETS - 1)])
    fold.take_writes(may_wait=True)
    fold.fold([make_message(n) for n in range(BLOCK_OFFSETS - 1, BLOCK_OFFSETS + 9)])

    full, begun = fold.take_writes(may_wait=True).blocks

    assert (full["done"], begun["last"]) == (True, BLOCK_OFFSETS + 8)


def test_a_block_ends_before_the_first_message_of_a_later_day() -> None:
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(0, START_MS), make_message(1, START_MS + 60_000)])

    writes = fold.take_writes()

    assert [block["day"] for block in writes.blocks] == ["20260301", "20260302"]
    assert [len(writes.entries[day]) for day in ("20260301", "20260302")] == [1, 1]


def test_a_clock_that_jumps_back_does_not_go_back_to_the_day_before() -> None:
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(0, START_MS + 60_000), make_message(1, START_MS)])

    (block,) = fold.take_writes().blocks

    assert (block["day"], block["states"]["stored"]) == ("20260302", 2)


def test_entries_of_a_dropped_day_are_expired() -> None:
    fold = PartitionFold(LANE, 0, kept_from="20260302")
    fold.fold([make_message(0, START_MS), make_message(1, START_MS + 60_000)])

    writes = fold.take_writes()

    assert list(writes.entries) == ["20260302"]
    assert writes.blocks[0]["states"]["expired"] == 1


def test_a_key_holds_for_an_hour_of_append_times() -> None:
    header = b"r" * 12 + bytes(4)
    requests = BlockRequests()
    requests.add(header, 0)
    seen = SeenRequests()
    seen.add_block(START_MS, requests)

    assert seen.has(header, START_MS + KEY_HOLDS_MS)
    assert not seen.has(header, START_MS + KEY_HOLDS_MS + 1)


@given(st.lists(st.integers(0, 50), max_size=60, unique=True))
def test_requests_survive_packing(indexes: list[int]) -> None:
    requests = BlockRequests()
    for offset, index in enumerate(indexes, start=7):
        requests.add(b"r" * 12 + index.to_bytes(4, "big"), offset)

    again = BlockRequests.unpacked(requests.packed(7), 7)

    assert again.runs == requests.runs
    assert all(again.has(b"r" * 12, index) for index in indexes)
    assert not again.has(b"r" * 12, 51)


def test_a_block_says_which_entry_each_duplicate_repeats() -> None:
    fold = PartitionFold(LANE, 0)
    sent = [b"a" * 12 + index.to_bytes(4, "big") for index in (4, 5, 4, 5)]
    fold.fold([make_message(n, request=request) for n, request in enumerate(sent)])

    (block,) = fold.take_writes().blocks

    repeats = BlockRequests.unpacked(block["repeats"], block["first"])
    assert repeats.runs == {b"a" * 12: [[4, 2, 2]]}


def test_a_block_without_duplicates_has_no_word_about_them() -> None:
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(0, request=b"a" * 16)])

    assert "repeats" not in fold.take_writes().blocks[0]


@pytest.mark.parametrize(
    ("message", "stands_as_it_is"),
    [("failed", True), ("étude", False), ("\x1b[31mfailed", False)],
)
def test_it_says_whether_words_can_be_looked_for_in_the_bytes(
    message: str, stands_as_it_is: bool
) -> None:
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(0, message=message)])

    assert fold.take_writes().blocks[0]["ascii"] is stands_as_it_is
