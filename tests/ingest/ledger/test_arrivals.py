"""What came to the edges is kept beside the ledger, and changes nothing in it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ingest.fold.block import MINUTE_MS, to_datetime
from ingest.ledger import arrivals
from ingest.ledger.arrivals import Arrivals, total
from ingest.ledger.balance import MINUTE
from ingest.ledger.stored import acknowledged, write_edge_minutes

pytestmark = pytest.mark.parts
TEN = to_datetime(10 * MINUTE_MS)
LIMITED, UNKNOWN = ("1", 429, "rate_limited"), ("", 401, "unknown_token")


def came(offered: int, rejected: int = 0, limited: int = 0) -> Arrivals:
    return Arrivals(
        Counter({"1": offered}),
        Counter({"1": rejected}),
        Counter({LIMITED: limited, UNKNOWN: 1}),
    )


def test_all_processes_are_added_up(mongo: Any) -> None:
    arrivals.write(mongo, "a", {10: came(5, 1, 3), 11: came(7)})
    arrivals.write(mongo, "b", {10: came(2, 0, 1)})

    found = arrivals.by_minute(mongo, TEN, TEN + MINUTE)

    assert found == {
        TEN: Arrivals(
            Counter({"1": 7}), Counter({"1": 1}), Counter({LIMITED: 4, UNKNOWN: 2})
        )
    }


def test_minutes_are_summed_from_a_time_on(mongo: Any) -> None:
    arrivals.write(mongo, "a", {10: came(5), 11: came(7), 12: came(1)})
    found = arrivals.by_minute(mongo, TEN, TEN + 5 * MINUTE)

    assert total(found, TEN + MINUTE).offered == {"1": 8}


def test_a_minute_that_is_told_again_is_told_as_a_whole(mongo: Any) -> None:
    arrivals.write(mongo, "a", {10: came(5, limited=1)})
    arrivals.write(mongo, "a", {10: came(9, limited=2)})

    (found,) = arrivals.by_minute(mongo, TEN, TEN + MINUTE).values()

    assert (found.offered["1"], found.refused[LIMITED]) == (9, 2)


def test_only_what_was_acknowledged_counts_for_the_ledger(mongo: Any) -> None:
    arrivals.write(mongo, "a", {10: came(5)})
    assert acknowledged(mongo, TEN) == {}

    write_edge_minutes(mongo, "a", {10: {"1": 4}})
    arrivals.write(mongo, "a", {10: came(6)})

    assert acknowledged(mongo, TEN) == {"1": 4}


def test_a_minute_of_which_nothing_but_acknowledgements_were_told_is_empty(
    mongo: Any,
) -> None:
    write_edge_minutes(mongo, "a", {10: {"1": 4}})

    assert arrivals.by_minute(mongo, TEN, TEN + MINUTE) == {TEN: Arrivals()}
