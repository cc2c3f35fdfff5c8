"""What waits for one socket: in order, bounded, and every match told exactly once."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.entry import LogEntry
from ingest.query.filter import LogFilter
from ingest.query.match import Matcher
from ingest.tail.cursor import Begun, Gap
from ingest.tail.found import Found
from ingest.tail.lives import Lives
from ingest.tail.pace import RATE_CAP
from ingest.tail.waiting import News, Skipped
from ingest.tail.watch import MAX_FRAME_BYTES, MAX_WAITING, MAX_WAITING_BYTES, Watch

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIVES = Lives("topic", {})
LIFE = LIVES.incarnation(0)
GAP = Gap(0, 3, 5, "expired")


def watch(offset: int = 0) -> Watch:
    log_filter = LogFilter()
    return Watch(log_filter, Matcher(log_filter), LIVES, {0: offset, 1: 0})


def found(*offsets: int, partition: int = 0, size: int = 100) -> list[Found]:
    entry = LogEntry(NOW, "INFO", "api", "hello")
    return [Found(partition, at, LIFE, at, 0, size, entry) for at in offsets]


def offsets(news: News) -> list[int]:
    return [one.offset for one in news.entries]


def test_it_hands_out_what_it_took_once() -> None:
    tail = watch()
    tail.take(found(0, 2), {0: 5}, now=0)

    assert offsets(tail.pop(10)) == [0, 2]
    assert not tail.pop(10)
    assert tail.cursor == f"{LIFE:08x}.0-5.1-0"


def test_it_leaves_out_what_lies_before_its_start() -> None:
    tail = watch(offset=3)
    tail.take(found(1, 2, 3, 4), {0: 5}, now=0)

    assert offsets(tail.pop(10)) == [3, 4]


def test_the_cursor_stands_behind_the_last_entry_handed_out() -> None:
    tail = watch()
    tail.take(found(0, 2, 4), {0: 9}, now=0)
    tail.pop(2)

    assert tail.cursor == f"{LIFE:08x}.0-3.1-0"


def test_the_cursor_moves_on_where_nothing_matches() -> None:
    tail = watch()
    for end in (10, 20, 30):
        tail.take([], {0: end}, now=0)
    tail.pop(10)

    assert tail.cursor == f"{LIFE:08x}.0-30.1-0"


def test_the_hub_gives_nothing_of_a_partition_that_is_caught_up_with() -> None:
    tail = watch()
    tail.behind = {0}
    tail.take(found(8), {0: 9}, now=0)
    tail.take(found(0, 8), {0: 9}, now=0, catching_up=True)

    assert offsets(tail.pop(10)) == [0, 8]


def test_above_the_cap_a_uniform_sample_is_kept_and_the_rest_counted() -> None:
    tail, many = watch(), 4 * RATE_CAP
    tail.take(found(*range(many)), {0: many}, now=0)

    news = tail.pop(many)

    assert offsets(news) == list(range(0, many, 4))
    assert news.skipped
    assert (news.skipped.count, news.skipped.shown) == (3 * RATE_CAP, RATE_CAP)
    assert (news.skipped.start[0], news.skipped.end[0]) == (0, many)
    assert tail.waiting == 0


def test_what_was_left_out_is_told_before_the_cursor_passes_it() -> None:
    tail, many = watch(), 4 * RATE_CAP
    both = [*found(*range(many)), *found(*range(many), partition=1)]
    tail.take(both, {0: many, 1: many}, now=0)

    news = tail.pop(10)

    assert news.skipped
    assert news.cursor == f"{LIFE:08x}.0-0.1-0"
    assert tail.cursor == f"{LIFE:08x}.0-73.1-0"


def test_stretches_that_are_sent_together_are_told_as_one() -> None:
    tail = watch()
    tail.take(found(*range(2 * RATE_CAP)), {0: 2 * RATE_CAP}, now=0)
    tail.take(found(2 * RATE_CAP), {0: 2 * RATE_CAP + 1}, now=0)

    skipped = tail.pop(2 * RATE_CAP).skipped

    assert skipped
    assert (skipped.count, skipped.shown) == (RATE_CAP + 1, RATE_CAP)
    assert (skipped.start[0], skipped.end[0]) == (0, 2 * RATE_CAP + 1)


def test_what_finds_no_room_is_counted_with_its_range() -> None:
    tail, end = full(), 2 * MAX_WAITING
    tail.take(found(*range(MAX_WAITING, end)), {0: end + 10}, now=100)
    kept = tail.pop(MAX_WAITING)
    skipped = tail.pop(10).skipped

    assert offsets(kept) == list(range(MAX_WAITING))
    assert skipped
    assert (skipped.count, skipped.shown) == (MAX_WAITING, 0)
    assert (skipped.start[0], skipped.end[0]) == (MAX_WAITING, end + 10)
    assert tail.cursor == f"{LIFE:08x}.0-{end + 10}.1-0"
    assert tail.waiting == 0


def full() -> Watch:
    """As many as may wait came, not too many at once."""
    tail, step = watch(), MAX_WAITING // 4
    for number in range(4):
        first, end = number * step, (number + 1) * step
        tail.take(found(*range(first, end)), {0: end}, now=number)
    return tail


def test_after_a_skip_it_keeps_entries_again_in_their_order() -> None:
    tail = full()
    tail.take(found(MAX_WAITING), {0: MAX_WAITING + 1}, now=10)
    tail.pop(MAX_WAITING - 1)
    tail.take(found(MAX_WAITING + 1), {0: MAX_WAITING + 2}, now=20)

    news = tail.pop(10)

    assert offsets(news) == [MAX_WAITING - 1, MAX_WAITING + 1]
    assert news.skipped
    assert news.skipped.count == 1


def test_large_entries_find_room_by_their_bytes() -> None:
    tail, size = watch(), MAX_WAITING_BYTES // 10
    tail.take(found(*range(40), size=size), {0: 40}, now=0)

    assert tail.pop(1).skipped == Skipped({0: 0, 1: 0}, {0: 40, 1: 0}, NOW, NOW, 30, 10)


def test_a_frame_holds_few_large_entries() -> None:
    tail = watch()
    tail.take(found(0, 1, 2, size=MAX_FRAME_BYTES), {0: 3}, now=0)

    assert offsets(tail.pop(10)) == [0]
    assert offsets(tail.pop(10)) == [1]


def test_who_catches_up_waits_for_room_and_skips_nothing() -> None:
    tail, many = watch(), MAX_WAITING + 5
    tail.behind = {0}
    tail.take(found(*range(many)), {0: many}, now=0, catching_up=True)

    assert len(offsets(tail.pop(2 * MAX_WAITING))) == many


def test_a_jump_goes_on_with_the_newest_and_counts_what_waited_before() -> None:
    tail = watch()
    for end in (10, 20, 30, 40):
        tail.take(found(*range(end - 10, end)), {0: end}, now=end)
    tail.pop(5)

    tail.jump(25)

    news = tail.pop(100)
    assert offsets(news) == list(range(20, 40))
    assert news.skipped == Skipped({0: 5, 1: 0}, {0: 20, 1: 0}, NOW, NOW, 15)
    assert tail.waiting == 0


def test_a_jump_shows_nothing_that_lies_before_what_was_left_out() -> None:
    tail = full()
    tail.take(found(MAX_WAITING), {0: MAX_WAITING + 1}, now=10)
    tail.jump(1_000)
    tail.take(found(MAX_WAITING + 1), {0: MAX_WAITING + 2}, now=20)

    news = tail.pop(10)

    assert offsets(news) == [MAX_WAITING + 1]
    assert news.skipped
    assert news.skipped.count == MAX_WAITING + 1


def test_a_jump_leaves_what_is_few_enough() -> None:
    tail = watch()
    tail.take(found(0, 1, 2), {0: 3}, now=0)

    tail.jump(3)

    assert offsets(tail.pop(10)) == [0, 1, 2]


def test_a_jump_passes_no_gap_in_silence() -> None:
    tail = Watch.begun(
        LogFilter(), Matcher(LogFilter()), LIVES, Begun({0: 5, 1: 0}, (GAP,))
    )
    tail.take(found(5, 6, 7), {0: 8}, now=0)

    tail.jump(0)

    assert tail.pop(10).gap == GAP


def test_after_a_jump_who_catches_up_has_room_again() -> None:
    tail = watch()
    tail.behind = {0}
    tail.take(found(*range(MAX_WAITING)), {0: MAX_WAITING}, now=0, catching_up=True)
    assert not tail._room.is_set()

    tail.jump(0)

    assert tail._room.is_set()


def test_what_arrives_is_counted_also_while_it_catches_up() -> None:
    tail = watch()
    tail.behind = {0}
    tail.take(found(8), {0: 9}, now=0)
    tail.take(found(0, 1, 8), {0: 9}, now=0, catching_up=True)

    assert (tail.arrived, tail.matched) == (1, 3)


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(0, 9_000), st.floats(0, 3), st.none() | st.just(700)),
        max_size=4,
    )
)
def test_every_match_is_handed_out_or_counted(
    steps: list[tuple[int, float, int | None]],
) -> None:
    tail, at, now = watch(), 0, 0.0
    shown: list[int] = []
    skipped = 0
    for count, later, jump in steps:
        tail.take(found(*range(at, at + count)), {0: at + count}, now)
        at, now = at + count, now + later
        if jump is not None:
            tail.jump(jump)
        news = tail.pop(count // 2)
        shown += offsets(news)
        skipped += news.skipped.count if news.skipped else 0
    while news := tail.pop(1_000):
        shown += offsets(news)
        skipped += news.skipped.count if news.skipped else 0

    assert shown == sorted(set(shown))
    assert len(shown) + skipped == tail.matched == at
    assert tail.next == tail.sent
