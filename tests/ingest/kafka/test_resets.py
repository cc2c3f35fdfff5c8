"""Where a reset goes: what people write, and what it means in each partition."""

from __future__ import annotations

import pytest

from ingest.kafka.errors import KafkaRefused
from ingest.kafka.resets import Kind, Move, Target, moves, read_target
from ingest.kafka.shapes import Reading


def reading(committed: int | None, start: int = 10, end: int = 50) -> Reading:
    return Reading("orders", 0, committed, start, end)


def after(to: str, committed: int | None = 30, since: int | None = None) -> int:
    found = {("orders", 0): since} if since is not None else {}
    (move,) = moves(read_target(to), [reading(committed)], found)
    return move.after


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("earliest", Target(Kind.EARLIEST)),
        ("latest", Target(Kind.LATEST)),
        ("42", Target(Kind.OFFSET, 42)),
        ("+5", Target(Kind.SHIFT, 5)),
        ("-5", Target(Kind.SHIFT, -5)),
        ("2026-03-01T12:00:00Z", Target(Kind.TIME, 1772366400000)),
        ("2026-03-01T13:00:00+01:00", Target(Kind.TIME, 1772366400000)),
        ("2026-03-01 12:00", Target(Kind.TIME, 1772366400000)),
    ],
)
def test_it_reads_what_people_write(text: str, target: Target) -> None:
    assert read_target(text) == target


@pytest.mark.parametrize("text", ["", "soon", "1.5", "--5", "9" * 30])
def test_it_says_what_else_could_be_written(text: str) -> None:
    with pytest.raises(KafkaRefused) as refused:
        read_target(text)

    assert refused.value.code == "bad_target"
    assert "earliest" in refused.value.hint


@pytest.mark.parametrize(
    ("to", "offset"),
    [
        ("earliest", 10),
        ("latest", 50),
        ("42", 42),
        ("3", 10),  # no longer there
        ("99", 50),  # not there yet
        ("+5", 35),
        ("-5", 25),
        ("-500", 10),
    ],
)
def test_it_goes_there_but_never_outside_of_the_log(to: str, offset: int) -> None:
    assert after(to) == offset


def test_a_time_goes_to_the_first_message_since_then() -> None:
    assert after("2026-03-01", since=17) == 17


def test_a_time_after_all_messages_goes_to_the_end() -> None:
    assert after("2026-03-01") == 50


def test_a_shift_needs_something_to_shift() -> None:
    with pytest.raises(KafkaRefused) as refused:
        after("+5", committed=None)

    assert refused.value.code == "not_committed"


def test_a_move_says_what_is_skipped_or_repeated() -> None:
    assert (Move(0, 30, 45).skipped, Move(0, 30, 45).repeated) == (15, 0)
    assert (Move(0, 30, 10).skipped, Move(0, 30, 10).repeated) == (0, 20)
    assert (Move(0, None, 10).skipped, Move(0, None, 10).repeated) == (0, 0)
