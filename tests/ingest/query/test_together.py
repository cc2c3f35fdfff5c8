"""Neighbouring blocks are asked about together, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from ingest.fold.block import parse_position, position
from ingest.query.together import MOST, together
from ingest.query.visible import Block
from ingest.query.walk import Stretch
from tests.ingest.query.stored import DAY, time_at

SIZE = 1_024


def stretch(number: int, partition: int = 0, day: str = DAY) -> Stretch:
    """All of a block; they follow each other in time as in their log."""
    begins, ends = time_at(2 * number), time_at(2 * number + 1)
    return Stretch(ends, begins, block(number, partition, day, [(begins, ends)]))


def block(
    number: int, partition: int, day: str, spans: list[tuple[datetime, datetime]]
) -> Block:
    first = position(1, partition, number * SIZE)
    return Block(
        id=first,
        first=first,
        last=position(1, partition, number * SIZE + SIZE - 1),
        day=day,
        holes=[],
        spans=spans,
        offsets=SIZE,
        ascii=True,
        whole=True,
    )


def offsets_of(found: Stretch) -> set[tuple[int, int]]:
    assert found.block
    _, partition, first = parse_position(found.block.first)
    _, _, last = parse_position(found.block.last)
    return {(partition, offset // SIZE) for offset in range(first, last, SIZE)}


def blocks_of(stretches: list[Stretch]) -> list[set[tuple[int, int]]]:
    return [offsets_of(one) for one in stretches]


def test_the_first_stretches_stay_as_they_are() -> None:
    asked = [stretch(number) for number in (9, 8, 7)]

    assert list(together(asked)) == asked


def test_later_ones_that_lie_side_by_side_become_one() -> None:
    joined = list(together(stretch(number) for number in range(12, 0, -1)))

    assert blocks_of(joined)[4:] == [{(0, 8), (0, 7)}, {(0, 6), (0, 5), (0, 4)}, *_REST]
    assert joined[4].times() == {}


_REST = [{(0, 3), (0, 2), (0, 1)}]


def test_days_logs_and_parts_of_blocks_are_not_mixed() -> None:
    first = [stretch(number) for number in range(50, 40, -1)]
    other_times = block(6, 0, DAY, [(time_at(12), time_at(13)), (time_at(900),) * 2])
    apart = [
        stretch(9),
        stretch(8, day="20260101"),
        stretch(7, partition=1),
        Stretch(time_at(13), time_at(12), other_times),
        Stretch(time_at(10)),
    ]

    assert list(together([*first, *apart]))[-5:] == apart


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 2)), unique=True, max_size=150
    )
)
def test_each_block_is_asked_about_once_and_the_newest_first(
    places: list[tuple[int, int]],
) -> None:
    asked = [stretch(*place) for place in sorted(places, reverse=True)]

    joined = list(together(asked))

    seen = [place for one in joined for place in offsets_of(one)]
    assert sorted(seen) == sorted((partition, number) for number, partition in places)
    assert [one.newest for one in joined] == sorted(
        (one.newest for one in joined), reverse=True
    )
    assert all(one.block and one.block.offsets <= MOST for one in joined)
    assert all(_covers(one) for one in joined)


def _covers(joined: Stretch) -> bool:
    numbers = [number for _, number in offsets_of(joined)]
    ends = (time_at(2 * min(numbers)), time_at(2 * max(numbers) + 1))
    return (joined.oldest, joined.newest) == ends


def test_it_is_told_how_far_a_search_is_before_more_is_read() -> None:
    read: list[Stretch] = []

    def walked() -> Iterator[Stretch]:
        for number in range(100, 60, -1):
            read.append(stretch(number))
            yield read[-1]
        for number in range(60, 0, -1):
            read.append(Stretch(time_at(number)))
            yield read[-1]

    for told in together(walked()):
        if told.block is None:
            assert read[-1] == told
