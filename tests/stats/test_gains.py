"""What is added to windows for blocks that grew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from stats.gains import gains, increments
from stats.windows import HOUR, MINUTE

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def block(*counts: Any, rolled: Any = None) -> dict[str, Any]:
    made: dict[str, Any] = {"counts": [list(count) for count in counts]}
    return made if rolled is None else {**made, "rolled": rolled}


def test_only_what_was_not_rolled_up_is_a_gain() -> None:
    grown = block((NOON, "api", "INFO", 5), rolled=[[NOON, "api", "INFO", 3]])

    assert gains([grown])[MINUTE] == {(NOON, "api"): {"INFO": 2}}


def test_a_window_without_a_gain_is_not_touched() -> None:
    same = block((NOON, "api", "INFO", 5), rolled=[[NOON, "api", "INFO", 5]])

    assert gains([same])[MINUTE] == {}


def test_minutes_of_several_blocks_meet_in_one_window() -> None:
    later = NOON + timedelta(minutes=59)
    blocks = [block((NOON, "api", "INFO", 5)), block((later, "api", "ERROR", 1))]

    assert gains(blocks)[HOUR] == {(NOON, "api"): {"INFO": 5, "ERROR": 1}}


def test_errors_are_those_of_level_error_and_fatal() -> None:
    assert increments({"WARN": 1, "ERROR": 2, "FATAL": 4}) == {
        "total": 7,
        "errors": 6,
        "levels.WARN": 1,
        "levels.ERROR": 2,
        "levels.FATAL": 4,
    }
