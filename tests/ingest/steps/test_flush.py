"""The order in which a flush writes, and what it leaves undone when a part is busy."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.errors import BadEntry, Busy, EntriesRefused
from ingest.fold.state import Lane, PartitionFold
from ingest.steps.flush import Flush, Job
from ingest.steps.limits import Stop
from tests.ingest.fold.log import make_message

LANE = Lane("logs", 0, 7, "topic-id")


class Parts:
    """MongoDB and the topic of dead letters; one of their steps may fail."""

    def __init__(self, failing: str = "", error: Exception | None = None) -> None:
        self._failing = failing
        self._error = error or Busy("away")
        self.done: list[str] = []
        self.heads: list[dict[str, Any]] = []

    def _do(self, step: str) -> None:
        if step == self._failing:
            raise self._error
        self.done.append(step)

    def insert(self, *_: object) -> None:
        self._do("entries")

    def insert_dead(self, letters: list[Any]) -> None:
        self._do("dead letters")

    def send(self, letters: list[Any]) -> None:
        self._do("their topic")

    def write_blocks(self, blocks: list[Any]) -> None:
        self._do("blocks")

    def write_heads(self, heads: list[tuple[Lane, dict[str, Any]]]) -> None:
        self._do("heads")
        self.heads += [fields for _, fields in heads]


def flush(parts: Parts, *, stop: Stop | None = None, dead: bool = True) -> None:
    fold = PartitionFold(LANE, 0)
    fold.fold([make_message(0), make_message(1, bad=dead), make_message(2)])
    job = Job(LANE, fold.take_writes(), stop)
    parts_of_any_kind: Any = parts
    Flush(parts_of_any_kind, parts_of_any_kind, parts_of_any_kind, lambda: "topic-id")(
        [job]
    )


def test_a_block_is_written_after_all_that_it_tells_of() -> None:
    parts = Parts()

    flush(parts)

    assert parts.done == ["entries", "dead letters", "their topic", "blocks", "heads"]


def test_without_dead_letters_their_topic_is_not_asked() -> None:
    parts = Parts("their topic")

    flush(parts, dead=False)

    assert parts.done == ["entries", "blocks", "heads"]


@pytest.mark.parametrize("away", ["dead letters", "their topic"])
def test_nothing_is_shown_before_its_dead_letters_are_kept(away: str) -> None:
    parts = Parts(away)

    with pytest.raises(Busy):
        flush(parts)

    assert not {"blocks", "heads"} & set(parts.done)


def test_a_busy_mongodb_makes_no_dead_letters() -> None:
    parts = Parts("entries")

    with pytest.raises(Busy):
        flush(parts)

    assert parts.done == []


def test_refused_entries_are_judged_before_anything_is_shown() -> None:
    refused = EntriesRefused({b"": BadEntry("refused_by_store", "too deep")})
    parts = Parts("entries", refused)

    with pytest.raises(EntriesRefused):
        flush(parts)

    assert parts.done == []


def test_a_stop_is_noted_with_the_offset_up_to_which_all_is_written() -> None:
    parts = Parts()

    flush(parts, stop=Stop(3, "too many"))

    (head,) = parts.heads
    assert (head["last"], head["stopped"]["offset"]) == (2, 3)
    assert head["stopped"]["reason"] == "too many"
    assert head["stopped"]["since"].tzinfo is not None


def test_a_partition_that_goes_on_says_nothing_of_stops() -> None:
    parts = Parts()

    flush(parts)

    assert "stopped" not in parts.heads[0]
