"""Decides about rules: pure, with the time of the data passed in.

    judge(rule, series, now)      what the newest whole window says
    due(judged_to, now)           which windows have not been judged yet
    changes(is_open, verdicts)    what that means for the rule's incident

`now` is never a wall clock. It is the time up to which everything that was sent is
known to be stored, so a window that is judged does not change afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

MINUTE: Final = timedelta(minutes=1)
# A rule that was not judged for long catches up in rounds of so many windows.
MAX_WINDOWS: Final = 60


class Kind(StrEnum):
    """What is compared with the threshold."""

    COUNT = "count"  # entries in the window
    ERROR_RATE = "error_rate"  # percent of them that are ERROR or FATAL


class Outcome(StrEnum):
    """What a window says."""

    FIRING = "firing"
    QUIET = "quiet"
    UNKNOWN = "unknown"  # neither opens an incident nor resolves one


class Reason(StrEnum):
    """Why it says so."""

    REACHED = "reached"  # the value is at or above the threshold
    BELOW = "below"
    TOO_FEW = "too_few"  # fewer entries than a rate needs to mean anything
    NOT_COUNTED = "not_counted"  # counting took too long to be complete


class ChangeKind(StrEnum):
    """What can happen to an incident."""

    OPENED = "opened"
    RESOLVED = "resolved"
    SWITCHED_OFF = "switched_off"  # by a person: its rule is not judged any more


@dataclass(frozen=True)
class Condition:
    """The part of a rule that is judged.

    Condition(Kind.COUNT, 100, 5 * MINUTE)              100 entries or more
    Condition(Kind.ERROR_RATE, 5, MINUTE, minimum=20)   5 %, of 20 entries or more
    """

    kind: Kind
    threshold: float
    window: timedelta
    minimum: int = 1


@dataclass(frozen=True)
class Tick:
    """The entries of one minute."""

    total: int
    errors: int


@dataclass(frozen=True)
class Series:
    """Entries by minute; a minute that is not there has none."""

    minutes: Mapping[datetime, Tick] = field(default_factory=dict)
    exact: bool = True  # False: there are at least so many


@dataclass(frozen=True)
class Verdict:
    """What one window, [start, end), says about a rule."""

    start: datetime
    end: datetime
    outcome: Outcome
    reason: Reason
    total: int
    errors: int
    value: float  # entries, or percent


@dataclass(frozen=True)
class Change:
    kind: ChangeKind
    verdict: Verdict


def data_time(complete_to: datetime, allowance: timedelta) -> datetime:
    """Up to when windows can be judged.

    The data clock is about when entries were received. An entry is received later
    than it happened: as long as its sender tries, and by what the clocks differ.
    """
    return complete_to - allowance


def floor_minute(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(second=0, microsecond=0)


def due(judged_to: datetime, now: datetime) -> list[datetime]:
    """Ends of the windows after `judged_to` that are whole by now, oldest first."""
    whole = (floor_minute(now) - floor_minute(judged_to)) // MINUTE
    first = floor_minute(judged_to) + MINUTE
    return [first + n * MINUTE for n in range(min(whole, MAX_WINDOWS))]


def judge(rule: Condition, series: Series, now: datetime) -> Verdict:
    """What the newest window that is whole by `now` says."""
    end = floor_minute(now)
    start = end - rule.window
    inside = [tick for at, tick in series.minutes.items() if start <= at < end]
    total = sum(tick.total for tick in inside)
    errors = sum(tick.errors for tick in inside)
    outcome, reason = _decide(rule, total, errors, series.exact)
    return Verdict(
        start, end, outcome, reason, total, errors, _value(rule, total, errors)
    )


def changes(is_open: bool, verdicts: Iterable[Verdict]) -> Iterator[Change]:
    """The steps that take an incident, or none, through verdicts in order."""
    for verdict in verdicts:
        if verdict.outcome is Outcome.FIRING and not is_open:
            is_open = True
            yield Change(ChangeKind.OPENED, verdict)
        elif verdict.outcome is Outcome.QUIET and is_open:
            is_open = False
            yield Change(ChangeKind.RESOLVED, verdict)


def _decide(
    rule: Condition, total: int, errors: int, exact: bool
) -> tuple[Outcome, Reason]:
    # "At least so many" is enough to reach a count; it says nothing about a rate.
    if rule.kind is Kind.COUNT and total >= rule.threshold:
        return Outcome.FIRING, Reason.REACHED
    if not exact:
        return Outcome.UNKNOWN, Reason.NOT_COUNTED
    if rule.kind is Kind.ERROR_RATE and total < max(rule.minimum, 1):
        return Outcome.QUIET, Reason.TOO_FEW
    if rule.kind is Kind.ERROR_RATE and 100 * errors >= rule.threshold * total:
        return Outcome.FIRING, Reason.REACHED
    return Outcome.QUIET, Reason.BELOW


def _value(rule: Condition, total: int, errors: int) -> float:
    if rule.kind is Kind.COUNT:
        return float(total)
    return 100 * errors / total if total else 0.0
