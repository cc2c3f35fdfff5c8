"""Verdicts are kept until the block that tells of them is written."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.errors import BadEntry, EntriesRefused
from ingest.fold.block import position
from ingest.fold.state import Lane
from ingest.steps.verdicts import Judged

LANE = Lane("logs", 1, 7)
REFUSED = BadEntry("refused_by_store", "nested too deeply")
DEAD = BadEntry("invalid_json", "no JSON")


def nothing_known(lane: Lane, after_offset: int) -> Mapping[int, BadEntry]:
    return {}


def judged(*offsets: int) -> Judged:
    verdicts = Judged(nothing_known)
    places = {position(7, 1, offset): REFUSED for offset in offsets}
    verdicts.refused(EntriesRefused(places))
    return verdicts


def test_a_refused_entry_has_a_verdict_at_its_offset() -> None:
    assert judged(3).of(LANE) == {3: REFUSED}


def test_verdicts_of_several_refusals_add_up() -> None:
    verdicts = judged(3)

    verdicts.refused(EntriesRefused({position(7, 1, 5): REFUSED}))

    assert verdicts.of(LANE) == {3: REFUSED, 5: REFUSED}


def test_another_life_of_the_topic_has_other_messages() -> None:
    assert judged(3).of(Lane("logs", 1, 8)) == {}


def test_another_partition_has_other_messages() -> None:
    assert judged(3).of(Lane("logs", 0, 7)) == {}


def test_a_verdict_goes_once_its_block_is_written() -> None:
    verdicts = judged(3, 4, 5)

    verdicts.written(LANE, next_offset=5)

    assert verdicts.of(LANE) == {5: REFUSED}


def test_a_dead_letter_wins_over_what_is_said_later() -> None:
    asked: list[int] = []

    def known(lane: Lane, after_offset: int) -> Mapping[int, BadEntry]:
        asked.append(after_offset)
        return {3: DEAD}

    verdicts = Judged(known)
    verdicts.refused(EntriesRefused({position(7, 1, 3): REFUSED}))
    verdicts.load(LANE, next_offset=2)

    assert (verdicts.of(LANE), asked) == ({3: DEAD}, [1])


def test_a_partition_that_was_given_away_is_forgotten() -> None:
    verdicts = judged(3)

    verdicts.forget(1)

    assert verdicts.of(LANE) == {}
