"""`manage.py dead_letters`: what the work-bench does, for people with a shell."""

from __future__ import annotations

import io
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ingest.errors import Busy
from logsite.audit.models import AuditEntry
from logsite.deadletters import jobs
from logsite.deadletters.models import Replay, State
from tests.logsite.deadletters.conftest import NOT_JSON, Letters
from tests.logsite.deadletters.test_jobs import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.parts]


def said(*words: str) -> str:
    output = io.StringIO()
    call_command("dead_letters", *words, stdout=output)
    return output.getvalue()


def test_causes_are_listed(dead: Letters) -> None:
    letter = dead.add()

    (row,) = map(json.loads, said("list", "--json").splitlines())
    assert (row["cause"], row["letters"]) == (letter["cause"], 1)
    assert letter["cause"] in said("list")


def test_letters_of_a_cause_are_listed(dead: Letters) -> None:
    letter = dead.add()
    dead.add(b"not json", NOT_JSON)
    found = said("list", "--cause", letter["cause"])

    assert letter["_id"].hex() in found
    assert "Not JSON" not in found


def test_a_letter_is_shown_as_text_and_as_bytes(dead: Letters) -> None:
    name = dead.add(b"caf\xe9", NOT_JSON)["_id"].hex()

    assert "caf�" in said("show", name)
    assert "63 61 66 e9" in said("show", name, "--hex")


def test_a_letter_s_headers_are_shown_as_people_read_them(dead: Letters) -> None:
    headers = [["origin", b"cron"], ["request", b"\x00\xff"], ["empty", None]]
    lines = said("show", dead.add(headers=headers)["_id"].hex()).splitlines()

    assert [line.split() for line in lines if line.startswith(("key", "header"))] == [
        ["key", "billing/1"],
        ["header", "origin", "cron"],
        ["header", "request", "00ff"],
        ["header", "empty"],
    ]


def test_a_rule_is_tried_and_nothing_sent(dead: Letters) -> None:
    cause = dead.add()["cause"]
    tried = said(
        "replay", "--cause", cause, "--step", "rename msg message", "--dry-run"
    )

    assert "1 stored" in tried
    assert '+  "message": "paid"' in tried
    assert not Replay.objects.exists()


def test_a_replay_is_worked_at_here(
    dead: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    cause = dead.add()["cause"]
    monkeypatch.setattr(jobs, "_replayer_of", lambda _: Worker(dead))
    told = said("replay", "--cause", cause, "--step", "rename msg message", "--yes")

    assert told.endswith("done: 0 sent, 1 fails\n")
    assert Replay.objects.get().state == State.DONE
    entry = AuditEntry.objects.get(action="dead_letter.replay")
    assert entry.actor_kind == "command"


def test_a_letter_is_replayed_as_it_was_written_by_hand(
    dead: Letters, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = dead.add()["_id"].hex()
    (tmp_path / "mended.json").write_text('{"message":"paid"}')
    monkeypatch.setattr(jobs, "_replayer_of", lambda _: Worker(dead))
    said("replay", "--id", name, "--file", str(tmp_path / "mended.json"), "--yes")

    assert Replay.objects.get().by_hand == '{"message":"paid"}'


def test_without_a_yes_nothing_is_changed(
    dead: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = dead.add()
    monkeypatch.setattr("builtins.input", lambda _: "n")

    with pytest.raises(CommandError, match="Nothing was changed"):
        said("discard", "--cause", letter["cause"], "--reason", "tests")
    assert dead.state_of(letter) == "open"


def test_where_nobody_can_be_asked_it_says_so(
    dead: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = dead.add()
    monkeypatch.setattr("sys.stdin", StringIO())

    with pytest.raises(CommandError, match="--yes"):
        said("discard", "--cause", letter["cause"], "--reason", "tests")
    assert dead.state_of(letter) == "open"


def test_letters_are_discarded_with_a_reason(dead: Letters) -> None:
    letter = dead.add()
    words = ("discard", "--cause", letter["cause"], "--reason", "tests", "--yes")

    assert said(*words) == "1 discarded\n"
    assert dead.state_of(letter) == "discarded"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("show", "0" * 32), "There is no dead letter"),
        (("replay", "--cause", "x"), "'x' is not a cause"),
        (("replay", "--cause", "0" * 16, "--step", "eval 1"), "a step begins with"),
        (("replay", "--cause", "0" * 16, "--yes"), "No open dead letter"),
    ],
)
def test_what_is_not_meant_is_one_line(
    dead: Letters, words: tuple[str, ...], why: str
) -> None:
    with pytest.raises(CommandError, match=why):
        said(*words)


def test_it_waits_for_a_part_that_is_away(
    dead: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    cause = dead.add()["cause"]
    workers: list[Any] = [Away(dead), Worker(dead)]
    monkeypatch.setattr(jobs, "_replayer_of", lambda _: workers.pop(0))
    told = said("replay", "--cause", cause, "--step", "rename msg message", "--yes")

    assert "0 of 1; Kafka does not answer" in told
    assert Replay.objects.get().state == State.DONE


class Away(Worker):
    def settle(self, _now: Any) -> None:
        raise Busy("Kafka does not answer")
