"""Few heavy searches at a time: who has to wait, for how many, and until when."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from logsite.search.turns import Crowded, Turns, Waiting

AT_ONCE, IN_LINE = 2, 3


def heavy(turns: Turns, steps: int = 3) -> Iterator[int | Waiting]:
    """A search that is heavy after its first step."""
    return turns.take(iter(range(steps)), light_s=0)


def begun(turns: Turns) -> Iterator[int | Waiting]:
    """One that asked for its turn."""
    search = heavy(turns)
    assert next(search) == 0
    next(search)
    return search


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    monkeypatch.setattr("logsite.search.turns.TELL_S", 0)
    return Turns(AT_ONCE, IN_LINE)


def test_a_light_search_never_waits(turns: Turns) -> None:
    running = [begun(turns) for _ in range(AT_ONCE + IN_LINE)]

    assert list(turns.take(iter("abc"), light_s=60)) == ["a", "b", "c"]
    assert len(running) == AT_ONCE + IN_LINE


def test_every_search_begins_at_once(turns: Turns) -> None:
    running = [begun(turns) for _ in range(AT_ONCE)]

    assert next(heavy(turns)) == 0
    assert running


def test_a_heavy_search_is_told_how_many_are_before_it(turns: Turns) -> None:
    running = [begun(turns) for _ in range(AT_ONCE)]
    first, second = heavy(turns), heavy(turns)

    assert [next(first), next(first)] == [0, Waiting(1)]
    assert [next(second), next(second)] == [0, Waiting(2)]
    assert running


def test_it_goes_on_when_one_before_it_has_ended(turns: Turns) -> None:
    first, _second = begun(turns), begun(turns)
    third = begun(turns)

    assert list(first) == [2]
    assert list(third) == [1, 2]


def test_it_goes_on_when_the_reader_of_one_before_it_has_left(turns: Turns) -> None:
    first, _second = begun(turns), begun(turns)
    third = begun(turns)

    first.close()  # type: ignore[attr-defined]  # a generator's

    assert next(third) == 1


def test_one_that_waits_and_leaves_gives_its_place_to_those_behind(
    turns: Turns,
) -> None:
    running = [begun(turns) for _ in range(AT_ONCE)]
    third, fourth = begun(turns), begun(turns)

    third.close()  # type: ignore[attr-defined]  # a generator's

    assert next(fourth) == Waiting(1)
    assert running


def test_whoever_would_wait_too_long_is_told_to_come_again(turns: Turns) -> None:
    waiting = [begun(turns) for _ in range(AT_ONCE + IN_LINE)]
    late = heavy(turns)
    next(late)

    with pytest.raises(Crowded) as refused:
        next(late)

    assert refused.value.status == 503
    assert refused.value.retry_after_s
    assert waiting
