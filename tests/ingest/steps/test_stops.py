"""Partitions that stand still, as the worker sees them."""

from __future__ import annotations

import pytest

from ingest.fold.state import Message
from ingest.mongo import Document
from ingest.steps.limits import Limits, Stop
from ingest.steps.stops import Stopped, Stops
from tests.ingest.fold.log import make_message

LIMITS = Limits(ratio=0, window=0, run=2)


def dead(first: int, count: int) -> list[Message]:
    return [make_message(offset, bad=True) for offset in range(first, first + count)]


def opened(head: Document, next_offset: int = 0) -> Stops:
    stops = Stops(LIMITS, lambda _: head)
    stops.check(0)
    stops.opened(0, next_offset)
    return stops


def test_a_partition_whose_head_says_so_is_not_opened() -> None:
    stopped = {"reason": "too many", "offset": 7}
    stops = Stops(LIMITS, lambda _: {"stopped": stopped})

    with pytest.raises(Stopped, match="partition 0 stands still at offset 7: too many"):
        stops.check(0)


def test_a_new_partition_has_no_head_yet() -> None:
    assert not opened({}).stands(0)


def test_a_stop_is_written_once() -> None:
    stops = opened({})
    stops.admit(0, dead(0, 5))

    assert stops.take(0) == Stop(2, "more than 2 dead letters in a row")
    assert stops.take(0) is None
    assert stops.stands(0)


def test_a_stop_that_could_not_be_written_is_found_again() -> None:
    stops = opened({})
    stops.admit(0, dead(0, 5))
    stops.take(0)

    stops.opened(0, 0)
    stops.admit(0, dead(0, 5))

    assert stops.take(0) is not None


def test_the_others_go_on() -> None:
    stops = opened({})
    stops.check(1)
    stops.opened(1, 0)
    stops.admit(0, dead(0, 5))

    assert not stops.stands(1)
    assert len(stops.admit(1, dead(0, 2))) == 2


def test_what_somebody_allowed_is_admitted() -> None:
    stops = opened({"allowed_to": 10})

    assert len(stops.admit(0, dead(0, 20))) == 10


def test_a_partition_that_comes_back_from_another_worker_begins_anew() -> None:
    stops = opened({})
    stops.admit(0, dead(0, 2))
    stops.forget(0)

    stops.opened(0, 2)

    assert len(stops.admit(0, dead(2, 2))) == 2
