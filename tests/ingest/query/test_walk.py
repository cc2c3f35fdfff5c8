"""Stretches of time within blocks."""

from __future__ import annotations

from datetime import datetime

from ingest.query.visible import Block
from ingest.query.walk import Stretch
from tests.ingest.query.stored import DAY, time_at

FIRST, LAST = time_at(0), time_at(60)


def block(*spans: tuple[datetime, datetime]) -> Block:
    return Block(
        id=bytes(16),
        first=bytes(16),
        last=bytes(16),
        day=DAY,
        holes=[],
        spans=list(spans) or None,
        offsets=1,
        ascii=True,
        whole=True,
    )


def test_all_entries_of_a_block_need_no_comparison_of_times() -> None:
    whole = Stretch(LAST, FIRST, block((FIRST, LAST)))

    assert whole.times() == {}
    assert whole.times(not_before=time_at(-1)) == {}


def test_entries_below_a_floor_are_left_out() -> None:
    whole = Stretch(LAST, FIRST, block((FIRST, LAST)))

    assert whole.times(not_before=time_at(1)) == {
        "timestamp": {"$gte": time_at(1), "$lte": LAST}
    }


def test_entries_of_other_stretches_are_left_out() -> None:
    within = {"timestamp": {"$gte": FIRST, "$lte": LAST}}
    other = time_at(900), time_at(901)

    assert Stretch(LAST, FIRST, block((FIRST, LAST), other)).times() == within
    assert Stretch(LAST, FIRST, block((FIRST, time_at(61)))).times() == within
    assert Stretch(LAST, FIRST, block()).times() == within
