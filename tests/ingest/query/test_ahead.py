"""Tasks that are begun early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from threading import Barrier, Event, current_thread, main_thread

import pytest

from ingest.query.ahead import MOST, ahead


def test_results_come_in_the_order_of_their_tasks() -> None:
    tasks = ((n, partial(str, n)) for n in range(20))

    assert [(n, result()) for n, result in ahead(tasks)] == [
        (n, str(n)) for n in range(20)
    ]


def test_no_task_is_asked_for_before_the_first_result_was_looked_at() -> None:
    asked: list[int] = []

    def tasks() -> Iterator[tuple[int, Callable[[], None]]]:
        for n in range(9):
            asked.append(n)
            yield n, lambda: None

    with closing(ahead(tasks())) as results:
        next(results)
        assert asked == [0]
        next(results)
        assert asked == [0, 1]


def test_the_first_run_in_the_caller_and_later_ones_at_the_same_time() -> None:
    both = Barrier(MOST)

    def task(n: int) -> bool:
        if n >= 4:
            both.wait(timeout=10)
        return current_thread() is main_thread()

    tasks = ((n, partial(task, n)) for n in range(4 + MOST))

    assert [result() for _, result in ahead(tasks)][:2] == [True, True]


def test_an_error_comes_when_its_turn_has_come() -> None:
    def task(n: int) -> int:
        if n == 5:
            raise KeyError(n)
        return n

    results = ahead((n, partial(task, n)) for n in range(9))

    assert [next(results)[1]() for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(KeyError):
        next(results)[1]()
    results.close()


def test_whoever_stops_waits_for_nothing() -> None:
    held = Event()
    tasks = ((n, held.wait if n >= 2 else bool) for n in range(9))

    with closing(ahead(tasks)) as results:
        for _ in range(3):
            next(results)

    held.set()
