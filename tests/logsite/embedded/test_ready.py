"""Waiting until each part proves that it is ready."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from logsite.embedded import ready
from logsite.embedded.ready import Board, Check, NotReady, wait_for


def run(*checks: Check, alive: bool = True) -> str:
    out = io.StringIO()
    board = Board(Console(file=out, width=80))
    with board.shown():
        for check in checks:
            board.started(check)
        wait_for(checks, board, lambda: alive)
    return out.getvalue()


def test_it_asks_until_the_answer_is_yes() -> None:
    answers = iter([False, False, True])

    shown = run(Check("web", 8000, lambda: next(answers)))

    assert "web ready, port 8000, " in shown


def test_it_waits_for_all() -> None:
    shown = run(Check("a", None, lambda: True), Check("b", None, lambda: True))

    assert "a ready" in shown
    assert "b ready" in shown


def test_one_without_a_port_leaves_no_gap_in_its_line() -> None:
    shown = run(Check("beat", None, lambda: True))

    assert re.fullmatch(r"beat ready, \d+\.\d s\n", shown)


def test_it_names_the_part_that_did_not_become_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ready, "TIMEOUT_S", 0.0)

    with pytest.raises(NotReady, match="mongodb"):
        run(Check("valkey", 1, lambda: True), Check("mongodb", 2, lambda: False))


def test_it_gives_up_at_once_when_the_supervisor_is_gone() -> None:
    with pytest.raises(NotReady):
        run(Check("kafka-1", 9092, lambda: False), alive=False)
