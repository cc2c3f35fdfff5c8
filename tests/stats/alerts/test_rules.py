"""The pure decisions about rules: which windows, what they say, what changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stats.alerts.rules import (
    MAX_WINDOWS,
    MINUTE,
    ChangeKind,
    Condition,
    Kind,
    Outcome,
    Reason,
    Series,
    Tick,
    Verdict,
    changes,
    data_time,
    due,
    judge,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
COUNT = Condition(Kind.COUNT, 10, 5 * MINUTE)
RATE = Condition(Kind.ERROR_RATE, 5, MINUTE, minimum=20)

ticks = st.integers(0, 500).flatmap(
    lambda total: st.builds(Tick, st.just(total), st.integers(0, total))
)
minutes = st.dictionaries(st.integers(-30, 10).map(lambda n: NOON + n * MINUTE), ticks)
conditions = st.builds(
    Condition,
    st.sampled_from(Kind),
    st.floats(0.1, 100),
    st.sampled_from([1, 5, 15]).map(lambda n: n * MINUTE),
    st.integers(1, 50),
)
outcomes = st.lists(st.sampled_from(Outcome))


def series(*counts: tuple[int, int], exact: bool = True) -> Series:
    """Minutes before noon, the last one first."""
    found = {NOON - n * MINUTE: Tick(*tick) for n, tick in enumerate(counts, 1)}
    return Series(found, exact)


def verdicts(said: list[Outcome]) -> list[Verdict]:
    return [
        Verdict(NOON, NOON + n * MINUTE, outcome, Reason.BELOW, 0, 0, 0.0)
        for n, outcome in enumerate(said, 1)
    ]


def test_a_count_fires_at_the_threshold() -> None:
    assert judge(COUNT, series((4, 0), (6, 0)), NOON).outcome is Outcome.FIRING
    assert judge(COUNT, series((4, 0), (5, 0)), NOON).outcome is Outcome.QUIET


def test_a_rate_fires_at_the_threshold() -> None:
    verdict = judge(RATE, series((40, 2)), NOON)

    assert verdict.outcome is Outcome.FIRING
    assert verdict.value == 5.0


def test_a_rate_of_few_entries_means_nothing() -> None:
    verdict = judge(RATE, series((19, 19)), NOON)

    assert (verdict.outcome, verdict.reason) == (Outcome.QUIET, Reason.TOO_FEW)


def test_no_entries_are_no_errors() -> None:
    assert judge(RATE, Series(), NOON).outcome is Outcome.QUIET


def test_an_incomplete_count_can_reach_a_threshold() -> None:
    assert judge(COUNT, series((10, 0), exact=False), NOON).outcome is Outcome.FIRING


def test_an_incomplete_count_below_the_threshold_is_unknown() -> None:
    verdict = judge(COUNT, series((9, 0), exact=False), NOON)

    assert (verdict.outcome, verdict.reason) == (Outcome.UNKNOWN, Reason.NOT_COUNTED)


def test_an_incomplete_count_says_nothing_about_a_rate() -> None:
    assert judge(RATE, series((90, 90), exact=False), NOON).outcome is Outcome.UNKNOWN


def test_a_window_is_due_once_it_is_whole() -> None:
    assert due(NOON, NOON + timedelta(seconds=59)) == []
    assert due(NOON, NOON + timedelta(seconds=61)) == [NOON + MINUTE]


def test_a_rule_that_was_not_judged_for_long_catches_up_in_rounds() -> None:
    ends = due(NOON, NOON + timedelta(days=1))

    assert ends[0] == NOON + MINUTE
    assert len(ends) == MAX_WINDOWS


def test_the_time_of_the_data_stays_behind_the_clock() -> None:
    now = data_time(NOON + timedelta(seconds=70), timedelta(seconds=15))

    assert due(NOON, now) == []


def test_unknown_windows_neither_open_nor_resolve() -> None:
    said = [Outcome.UNKNOWN, Outcome.FIRING, Outcome.UNKNOWN, Outcome.QUIET]

    kinds = [change.kind for change in changes(False, verdicts(said))]

    assert kinds == [ChangeKind.OPENED, ChangeKind.RESOLVED]


@given(conditions, minutes)
def test_only_entries_inside_the_window_count(
    rule: Condition, found: dict[datetime, Tick]
) -> None:
    inside = {at: tick for at, tick in found.items() if NOON - rule.window <= at < NOON}

    assert judge(rule, Series(found), NOON) == judge(rule, Series(inside), NOON)


@given(conditions, minutes)
def test_the_verdict_follows_from_what_it_says(
    rule: Condition, found: dict[datetime, Tick]
) -> None:
    verdict = judge(rule, Series(found), NOON)

    assert verdict.end - verdict.start == rule.window
    enough = rule.kind is Kind.COUNT or verdict.total >= rule.minimum
    reached = verdict.value >= rule.threshold - 1e-9
    if verdict.outcome is Outcome.FIRING:
        assert enough
        assert reached
    else:
        assert not enough or verdict.value < rule.threshold + 1e-9


@given(conditions, minutes, st.integers(0, 30))
def test_more_errors_never_calm_a_rule(
    rule: Condition, found: dict[datetime, Tick], more: int
) -> None:
    last = found.get(NOON - MINUTE, Tick(0, 0))
    worse = {**found, NOON - MINUTE: Tick(last.total + more, last.errors + more)}

    before, after = (judge(rule, Series(one), NOON) for one in (found, worse))

    if before.outcome is Outcome.FIRING:
        assert after.outcome is Outcome.FIRING


@given(st.booleans(), outcomes)
def test_incidents_open_and_resolve_in_turn(
    was_open: bool, said: list[Outcome]
) -> None:
    kinds = [change.kind for change in changes(was_open, verdicts(said))]

    first = ChangeKind.RESOLVED if was_open else ChangeKind.OPENED
    assert kinds[:1] in ([], [first])
    assert all(one != next_one for one, next_one in zip(kinds, kinds[1:], strict=False))


@given(st.booleans(), outcomes, st.integers(0, 20))
def test_it_does_not_matter_where_a_round_ends(
    was_open: bool, said: list[Outcome], cut: int
) -> None:
    everything = verdicts(said)
    at_once = list(changes(was_open, everything))
    first = list(changes(was_open, everything[:cut]))
    now_open = first[-1].kind is ChangeKind.OPENED if first else was_open

    assert first + list(changes(now_open, everything[cut:])) == at_once


@given(st.integers(0, 7200), st.integers(0, 3600))
def test_every_window_is_due_exactly_once(first_s: int, then_s: int) -> None:
    now = NOON + timedelta(seconds=first_s)
    later = now + timedelta(seconds=then_s)
    judged, seen = NOON, []
    for at in [now] * 3 + [later] * 5:
        seen += due(judged, at)
        judged = seen[-1] if seen else judged

    assert seen == [NOON + n * MINUTE for n in range(1, (later - NOON) // MINUTE + 1)]
