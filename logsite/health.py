"""/healthz: this process is alive. /readyz: each part's state, with the reason.

Parts are asked in threads of their own and their answers kept for a second, so that
/readyz answers in time even while a part hangs; silence then is that part's state.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from ingest.errors import Busy

KEPT_S: Final = 1.0  # an answer is as good as new for so long
PATIENCE_S: Final = 1.5  # how long one /readyz waits for parts


class State(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"  # works, but somebody should look
    DOWN = "down"


class Purpose(StrEnum):
    """What a part is needed for."""

    INGEST = "ingest"  # logs are accepted
    STORE = "store"  # what was accepted becomes visible
    SEARCH = "search"  # what is visible can be found


@dataclass(frozen=True)
class Answer:
    """What is known of one part."""

    state: State
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Something that logsite needs, how to ask it, and what it is needed for."""

    name: str
    check: Callable[[], Answer]
    needed_for: tuple[Purpose, ...]


class Question:
    """Asks one part, at most once at a time and once a second."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._threads = ThreadPoolExecutor(1, thread_name_prefix=f"ask-{part.name}")
        self._asked_at = 0.0
        self._future: Future[Answer] | None = None

    def ask(self, now: float) -> Future[Answer]:
        """The question under way, or a new one where the last answer is too old."""
        future = self._future
        if future and (not future.done() or now - self._asked_at < KEPT_S):
            return future
        self._asked_at = now
        self._future = self._threads.submit(answer_of, self.part)
        return self._future

    def answer(self, now: float) -> Answer:
        if self._future and self._future.done():
            return self._future.result()
        return Answer(State.DOWN, f"no answer for {now - self._asked_at:.1f} s")


class Board:
    """All parts of this installation."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self.questions = [Question(part) for part in parts]

    def answers(self) -> dict[str, Answer]:
        """Every part's answer, within PATIENCE_S."""
        started = time.monotonic()
        wait([question.ask(started) for question in self.questions], PATIENCE_S)
        now = time.monotonic()
        return {q.part.name: q.answer(now) for q in self.questions}

    def report(self, purposes: Iterable[Purpose] = Purpose) -> dict[str, Any]:
        """The body of /readyz."""
        return report(
            [question.part for question in self.questions],
            self.answers(),
            set(purposes),
        )


def answer_of(part: Part) -> Answer:
    try:
        return part.check()
    except Busy as busy:
        return Answer(State.DOWN, str(busy))
    except Exception as error:  # a check that fails is an answer, never a 500
        return Answer(State.DOWN, f"{type(error).__name__}: {error}")


def report(
    parts: Iterable[Part], answers: Mapping[str, Answer], purposes: set[Purpose]
) -> dict[str, Any]:
    """Ready is who can serve every purpose that was asked for."""
    parts = list(parts)
    served = {
        purpose: all(
            answers[part.name].state is not State.DOWN
            for part in parts
            if purpose in part.needed_for
        )
        for purpose in Purpose
    }
    return {
        "ready": all(served[purpose] for purpose in purposes),
        "serves": served,
        "parts": {part.name: _as_json(part, answers[part.name]) for part in parts},
    }


def _as_json(part: Part, answer: Answer) -> dict[str, Any]:
    return {
        "state": answer.state,
        "reason": answer.reason,
        "needed_for": part.needed_for,
        **answer.details,
    }
