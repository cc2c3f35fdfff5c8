"""What waits for one socket: in order, bounded, and every match told exactly once."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.entry import LogEntry
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.tail.reading import Found
from ingest.tail.watch import MAX_WAITING, Skipped, Watch

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def watch(offset: int = 0) -> Watch:
    log_filter = LogFilter()
    return Watch(log_filter, Matcher(log_filter), 7, {0: offset, 1: 0})


def found(*offsets: int, partition: int = 0) -> list[Found]:
    entry = LogEntry(NOW, "INFO", "api", "hello")
    return [Found(partition, offset, offset, 7, 0, entry) for offset in offsets]


def offsets(popped: object) -> list[int]:
    assert isinstance(popped, list)
    return [one.offset for one in popped]


def test_it_hands_out_what_it_took_once() -> None:
    tail = watch()
    tail.take(found(0, 2), {0: 5})

    assert offsets(tail.pop(10)) == [0, 2]
    assert tail.pop(10) is None
    assert tail.cursor == "00000007.0-5.1-0"


def test_it_leaves_out_what_lies_before_its_start() -> None:
    tail = watch(offset=3)
    tail.take(found(1, 2, 3, 4), {0: 5})

    assert offsets(tail.pop(10)) == [3, 4]


def test_the_cursor_stands_behind_the_last_entry_handed_out() -> None:
    tail = watch()
    tail.take(found(0, 2, 4), {0: 9})
    tail.pop(2)

    assert tail.cursor == "00000007.0-3.1-0"


def test_the_cursor_moves_on_where_nothing_matches() -> None:
    tail = watch()
    for end in (10, 20, 30):
        tail.take([], {0: end})
    tail.pop(10)

    assert tail.cursor == "00000007.0-30.1-0"


def test_the_hub_gives_nothing_of_a_partition_that_is_caught_up_with() -> None:
    tail = watch()
    tail.behind = {0}
    tail.take(found(8), {0: 9})
    tail.take(found(0, 8), {0: 9}, catching_up=True)

    assert offsets(tail.pop(10)) == [0, 8]


def test_what_finds_no_room_is_counted_with_its_range() -> None:
    tail = watch()
    tail.take(found(*range(MAX_WAITING + 30)), {0: MAX_WAITING + 40})
    kept = offsets(tail.pop(MAX_WAITING + 1))
    skipped = tail.pop(10)

    assert kept == list(range(MAX_WAITING))
    assert isinstance(skipped, Skipped)
    assert skipped.count == 30
    assert skipped.start[0] == MAX_WAITING
    assert skipped.end[0] == MAX_WAITING + 40
    assert tail.waiting == 0


def test_after_a_skip_it_keeps_entries_again_in_their_order() -> None:
    tail = watch()
    tail.take(found(*range(MAX_WAITING + 1)), {0: MAX_WAITING + 1})
    tail.pop(MAX_WAITING - 1)
    tail.take(found(MAX_WAITING + 1), {0: MAX_WAITING + 2})

    assert offsets(tail.pop(10)) == [MAX_WAITING - 1]
    assert isinstance(tail.pop(10), Skipped)
    assert offsets(tail.pop(10)) == [MAX_WAITING + 1]


def test_who_catches_up_waits_for_room_and_skips_nothing() -> None:
    tail = watch()
    tail.behind = {0}
    tail.take(found(*range(MAX_WAITING + 5)), {0: MAX_WAITING + 5}, catching_up=True)

    assert len(offsets(tail.pop(2 * MAX_WAITING))) == MAX_WAITING + 5
