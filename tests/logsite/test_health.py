"""/readyz asks every part and answers in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from logsite.health import (
    PATIENCE_S,
    Answer,
    Board,
    Part,
    Purpose,
    Question,
    State,
    report,
)

OK = Answer(State.OK)
DOWN = Answer(State.DOWN, "gone")
KAFKA = Part("kafka", lambda: OK, (Purpose.INGEST, Purpose.STORE))
MONGODB = Part("mongodb", lambda: OK, (Purpose.STORE, Purpose.SEARCH))
VALKEY = Part("valkey", lambda: OK, ())
PARTS = (KAFKA, MONGODB, VALKEY)


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_it_is_ready_when_all_parts_are_well() -> None:
    body = report(PARTS, {"kafka": OK, "mongodb": OK, "valkey": OK}, set(Purpose))

    assert body["ready"]
    assert body["parts"]["kafka"]["state"] == "ok"


def test_it_says_which_purposes_a_part_takes_with_it() -> None:
    answers = {"kafka": OK, "mongodb": DOWN, "valkey": OK}

    body = report(PARTS, answers, set(Purpose))

    assert not body["ready"]
    assert body["serves"] == {"ingest": True, "store": False, "search": False}
    assert body["parts"]["mongodb"]["reason"] == "gone"


def test_it_is_ready_for_ingest_without_mongodb() -> None:
    answers = {"kafka": OK, "mongodb": DOWN, "valkey": OK}

    assert report(PARTS, answers, {Purpose.INGEST})["ready"]


def test_it_is_ready_while_a_part_that_nothing_needs_is_down() -> None:
    answers = {"kafka": OK, "mongodb": OK, "valkey": DOWN}

    assert report(PARTS, answers, set(Purpose))["ready"]


def test_it_answers_in_time_while_a_part_hangs(release: threading.Event) -> None:
    def hang() -> Answer:
        release.wait()
        return OK

    board = Board([KAFKA, Part("mongodb", hang, (Purpose.SEARCH,))])
    started = time.monotonic()
    answers = board.answers()

    assert time.monotonic() - started < PATIENCE_S + 1
    assert answers["kafka"] == OK
    assert answers["mongodb"].state is State.DOWN
    assert answers["mongodb"].reason.startswith("no answer for")


def test_it_does_not_ask_twice_at_once(release: threading.Event) -> None:
    asked = []

    def hang() -> Answer:
        asked.append(1)
        release.wait()
        return OK

    question = Question(Part("kafka", hang, ()))

    assert question.ask(now=0.0) is question.ask(now=100.0)
    assert len(asked) <= 1


def test_it_keeps_an_answer_for_a_second() -> None:
    question = Question(KAFKA)
    first = question.ask(now=10.0)
    first.result()

    assert question.ask(now=10.9) is first
    assert question.ask(now=11.1) is not first


def test_a_check_that_fails_is_an_answer() -> None:
    def fail() -> Answer:
        raise OSError("connection refused")

    answers = Board([Part("kafka", fail, ())]).answers()

    assert answers["kafka"] == Answer(State.DOWN, "OSError: connection refused")
