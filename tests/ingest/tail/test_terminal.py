"""Lines of the tail in a terminal."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from ingest.tail.terminal import once_a_second, show

ENTRY = {
    "id": "0" * 32,
    "timestamp": "2026-03-01T12:00:00.000Z",
    "received": "2026-03-01T12:00:00.100Z",
    "level": "WARN",
    "service": "api",
    "message": "slow answer",
    "metadata": {"ms": 812},
}


def shown(as_json: bool = False, coloured: bool = False, **changed: Any) -> str:
    out = io.StringIO()
    frame = {"type": "entries", "entries": [{**ENTRY, **changed}]}
    show(frame, out, as_json, coloured)
    return out.getvalue()


def test_an_entry_is_a_line() -> None:
    assert shown() == "2026-03-01T12:00:00.000Z WARN  api slow answer\n"


def test_an_entry_is_an_object_on_a_line_if_asked() -> None:
    assert json.loads(shown(as_json=True)) == ENTRY


def test_a_message_cannot_act_on_the_terminal() -> None:
    line = shown(message="bell\x07 and \x1b[2Jclear")

    assert "\x1b" not in line
    assert "bell␇ and ␛[2Jclear" in line


def test_further_lines_are_indented() -> None:
    assert shown(message="one\ntwo\n").endswith("api one\n    two\n")


def test_levels_have_colours_in_a_terminal() -> None:
    assert "\x1b[33mWARN \x1b[0m" in shown(coloured=True)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (
            {"type": "skipped", "count": 4310, "shown": 588},
            "showing 12%, 4,310 not shown",
        ),
        (
            {"type": "gap", "partition": 2, "from": 5, "to": 9, "reason": "expired"},
            "partition 2: offsets 5 to 8 are no longer in Kafka",
        ),
        (
            {"type": "gap", "partition": 2, "from": 9, "to": 9, "reason": "truncated"},
            "partition 2: the log was cut; other entries follow from offset 9 on",
        ),
        (
            {"type": "error", "message": "No level.", "hint": "Use it.", "position": 6},
            "No level. (character 7) Use it.",
        ),
    ],
)
def test_what_is_missing_is_said_on_the_side(
    frame: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = io.StringIO()
    show(frame, out, as_json=True, coloured=False)

    assert out.getvalue() == ""
    assert words in capsys.readouterr().err


def skipped(count: int, shown: int, start: str, end: str) -> dict[str, Any]:
    at = {"from": start, "to": end, "cursor": start, "oldest": start, "newest": end}
    return {"type": "skipped", "count": count, "shown": shown, **at}


def test_what_was_not_sent_is_told_once_a_second() -> None:
    status = {"type": "status", "cursor": "d"}
    sent = [skipped(3, 1, "a", "b"), {"type": "entries"}, skipped(5, 1, "b", "c")]

    told = list(once_a_second([*sent, status]))

    joined = {**skipped(8, 2, "a", "c"), "cursor": "d"}
    assert told == [{"type": "entries"}, joined, status]


def test_what_was_not_sent_before_the_connection_broke_is_told_too() -> None:
    (told,) = once_a_second([skipped(3, 1, "a", "b")])

    assert told["count"] == 3
    assert "cursor" not in told, "the entries beside it were not seen"
