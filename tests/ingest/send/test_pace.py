"""A rate is kept on average, without floods after a pause."""

from __future__ import annotations

from ingest.send.pace import Pace


def test_it_waits_until_what_is_done_was_due() -> None:
    pace = Pace(rate=10, began=100.0)
    pace.did(20)

    assert pace.wait_s(100.5) == 1.5
    assert pace.wait_s(103.0) == 0.0


def test_it_says_how_many_are_due() -> None:
    pace = Pace(rate=10, began=100.0)

    assert pace.due(100.05) == 0
    assert pace.due(100.5) == 5
    pace.did(5)
    assert pace.due(100.5) == 0
    assert pace.due(101.0) == 5


def test_it_does_not_make_up_for_a_long_pause() -> None:
    pace = Pace(rate=10, began=100.0)

    assert pace.due(160.0) == 10
    pace.did(10)
    assert pace.due(160.5) == 5
