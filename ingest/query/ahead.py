"""Begins the next tasks while the result of one is looked at, in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

Name = TypeVar("Name")
Result = TypeVar("Result")

MOST: Final = 2  # at once: MongoDB has others to answer


def ahead(
    tasks: Iterable[tuple[Name, Callable[[], Result]]],
) -> Generator[tuple[Name, Callable[[], Result]]]:
    """Each task's name, and what waits for its result or raises its error.

    Most searches need the first tasks only, so nothing is begun early for them. What
    was begun in vain is left to end by itself.
    """
    waiting: deque[tuple[Name, Callable[[], Result]]] = deque()
    pool = ThreadPoolExecutor(MOST, "search")
    try:
        for done, (name, task) in enumerate(tasks):
            early = min(MOST, done // 2)
            waiting.append((name, pool.submit(task).result if early else task))
            while len(waiting) > early:
                yield waiting.popleft()
        yield from waiting
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
