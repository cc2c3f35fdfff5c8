"""What the clock does not trust, and when it trusts it again."""

from __future__ import annotations

from ingest.kafka.watch.guard import COMPARE_EVERY_S, End, Guard, Standing
from ingest.kafka.watch.holds import Kind

STORED = {0: Standing(incarnation=7, visible=100)}


def trusting(epoch: int = 1) -> Guard:
    guard = Guard()
    look(guard, STORED, End(100, epoch), same=True)
    return guard


def look(
    guard: Guard,
    standings: dict[int, Standing],
    end: End,
    same: bool | None = None,
    now_s: float = 0.0,
) -> list[Kind]:
    """One look; `same` is how a comparison would come out, None: it must not be made"""
    ends = {0: end}
    guard.look(standings, ends)
    for number in guard.to_compare(standings, ends, now_s):
        assert same is not None
        guard.compared(number, standings[number], end, same, now_s)
    return [hold.kind for hold in guard.holds(standings, ends)]


def test_what_was_compared_once_is_trusted() -> None:
    assert look(trusting(), STORED, End(120, 1)) == []


def test_nothing_stored_is_nothing_to_compare() -> None:
    empty = {0: Standing(incarnation=7, visible=5, is_empty=True)}

    assert look(Guard(), empty, End(5, 1)) == []


def test_a_new_leader_is_compared_before_it_is_trusted() -> None:
    guard = trusting(epoch=1)

    assert look(guard, STORED, End(120, 2), same=True) == []
    assert look(guard, STORED, End(121, 2)) == []


def test_a_log_that_ends_below_what_is_visible_holds_until_a_new_generation() -> None:
    guard = trusting()
    cut = look(guard, STORED, End(60, 1))
    grown = look(guard, STORED, End(140, 1), same=False)
    begun_again = {0: Standing(incarnation=8, visible=60, is_empty=True)}

    assert cut == grown == [Kind.TRUNCATED]
    assert look(guard, begun_again, End(141, 1)) == []


def test_an_end_that_was_only_stale_is_trusted_after_a_comparison() -> None:
    guard = trusting()
    look(guard, STORED, End(60, 1))

    assert look(guard, STORED, End(100, 1), same=True) == []


def test_a_log_that_was_cut_and_grew_unseen_is_found_by_its_epoch() -> None:
    guard = trusting(epoch=1)

    assert look(guard, STORED, End(140, 2), same=False) == [Kind.TRUNCATED]


def test_it_does_not_compare_all_the_time() -> None:
    guard = trusting()
    look(guard, STORED, End(140, 2), same=False, now_s=10)

    assert look(guard, STORED, End(140, 2), now_s=11) == [Kind.TRUNCATED]
    later = 10 + COMPARE_EVERY_S
    assert look(guard, STORED, End(140, 2), same=True, now_s=later) == []


def test_an_answer_of_an_earlier_leader_is_not_used() -> None:
    guard = trusting(epoch=2)

    assert Kind.UNSETTLED in look(guard, STORED, End(100, 1), same=True)


def test_a_stopped_partition_holds_with_its_reason() -> None:
    guard = trusting()
    stopped = {0: Standing(7, 100, stopped="too many dead letters", stopped_at=100)}
    guard.look(stopped, {0: End(100, 1)})

    (hold,) = guard.holds(stopped, {0: End(100, 1)})

    assert hold.words == "partition 0 was stopped at offset 100: too many dead letters"
