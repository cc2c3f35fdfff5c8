"""/api/dead-letters: what it shows and tries, who may change what, and the traces."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from logsite.audit.models import AuditEntry
from logsite.deadletters.models import Replay
from tests.logsite.deadletters.conftest import NOT_JSON, Letters
from tests.logsite.program import Program

pytestmark = [pytest.mark.django_db, pytest.mark.parts]
RULE = [{"do": "rename", "field": "msg", "to": "message"}]


@pytest.fixture
def reader(dead: Letters) -> Program:
    return Program("read")


@pytest.fixture
def admin(dead: Letters) -> Program:
    return Program("admin")


def test_groups_are_by_cause_with_first_last_and_trend(
    dead: Letters, reader: Program
) -> None:
    first = dead.add(ago=timedelta(hours=3))
    last = dead.add(b'{"msg":"refused"}')
    dead.add(b"not json", NOT_JSON)
    answer = reader.get("/api/dead-letters/groups")

    assert answer["counts"] == {"open": 3, "claimed": 0, "replayed": 0, "discarded": 0}
    largest, other = answer["groups"]
    assert (largest["count"], other["count"]) == (2, 1)
    assert (largest["stage"], largest["code"]) == ("decode", "no_message")
    assert largest["service"] == "billing"
    assert largest["first"] == zulu(first["received"])
    assert largest["last"] == zulu(last["received"])
    assert (sum(largest["trend"]), largest["trend"][-1]) == (2, 1)
    assert other["gist"] == "Not JSON: Expecting value at line # column #"


def test_letters_of_an_earlier_release_are_grouped_too(
    dead: Letters, reader: Program
) -> None:
    letter = dead.add()
    named = {"cause": "", "gist": "", "service": ""}
    dead.db["dead_letters"].update_one({"_id": letter["_id"]}, {"$unset": named})

    (group,) = reader.get("/api/dead-letters/groups")["groups"]
    assert group["cause"] == letter["cause"]


def test_letters_of_a_group_are_listed_page_by_page(
    dead: Letters, reader: Program
) -> None:
    wanted = [dead.add() for _ in range(5)]
    dead.add(b"not json", NOT_JSON)
    path = f"/api/dead-letters?cause={wanted[0]['cause']}&limit=2"
    found, cursor = [], ""
    while cursor is not None:
        page = reader.get(f"{path}&cursor={cursor}")
        found += [one["id"] for one in page["letters"]]
        cursor = page["next"]

    assert found == [one["_id"].hex() for one in wanted]


def test_a_letter_is_shown_whole(dead: Letters, reader: Program) -> None:
    letter = dead.add(b"caf\xe9 <script>", NOT_JSON)
    shown = reader.get(f"/api/dead-letters/{letter['_id'].hex()}")

    assert base64.b64decode(shown["base64"]) == b"caf\xe9 <script>"
    assert shown["text"] == "caf� <script>"
    assert (shown["source"], shown["headers"]) == ("billing/1", [["origin", "cron"]])
    assert (shown["topic"], shown["partition"], shown["offset"]) == ("logs", 0, 0)
    assert (shown["state"], shown["replay"], shown["discard"]) == ("open", None, None)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/api/dead-letters/{'0' * 32}", 404),
        ("/api/dead-letters/nonsense", 400),
        ("/api/dead-letters?cursor=x", 400),
        ("/api/dead-letters?cause=x", 400),
        ("/api/dead-letters?stat=open", 400),
        ("/api/dead-letters/replays/99", 404),
        (f"/api/dead-letters/replays/{2**70}", 404),
        ("/api/dead-letters/replays/-1", 404),
        ("/api/dead-letters/replays/x", 400),
    ],
)
def test_what_is_not_there_or_not_meant_is_said(
    reader: Program, path: str, status: int
) -> None:
    assert reader.client.get(path).status_code == status


def test_a_dry_run_says_what_would_become_of_each_and_sends_nothing(
    dead: Letters, reader: Program
) -> None:
    good, bad = dead.add(), dead.add(b'{"text":"?"}')
    answer = reader.post("/api/dead-letters/dry-run", cause=good["cause"], rule=RULE)
    found = answer.json()

    assert (found["total"], found["tried"]) == (2, 2)
    assert sorted((one["outcome"], one["count"]) for one in found["outcomes"]) == [
        ("stored", 1),
        ("unchanged", 1),
    ]
    by_id = {one["id"]: one for one in found["letters"]}
    assert '+  "message": "paid"' in by_id[good["_id"].hex()]["diff"]
    assert by_id[bad["_id"].hex()]["code"] == "no_message"
    assert [dead.state_of(one) for one in (good, bad)] == ["open", "open"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad_selection"),
        ({"cause": "0" * 16, "ids": ["0" * 32]}, "bad_selection"),
        ({"ids": ["0"]}, "bad_selection"),
        ({"cause": "0" * 16, "rule": [{"do": "eval"}]}, "bad_rule"),
        ({"cause": "0" * 16, "text": "{}"}, "bad_rule"),
        ({"ids": ["0" * 32], "text": "a\0b"}, "bad_rule"),
        ({"ids": ["0" * 32], "text": "\ud800"}, "bad_rule"),
        ({"cause": "0" * 16}, "no_letters"),
        ({"cause": "0" * 16, "rate": 0}, "invalid_parameter"),
    ],
)
def test_a_replay_of_what_is_not_meant_is_refused(
    admin: Program, body: dict[str, Any], code: str
) -> None:
    answer = admin.post("/api/dead-letters/replays", **body)

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


def test_a_replay_is_a_job_with_a_trace(dead: Letters, admin: Program) -> None:
    letter = dead.add()
    body = {"cause": letter["cause"], "rule": RULE, "rate": 10, "expected": 1}
    answer = admin.post("/api/dead-letters/replays", **body)

    assert answer.status_code == 201
    job = answer.json()
    assert (job["state"], job["total"], job["rate"]) == ("waiting", 1, 10)
    assert job["rule"] == RULE
    entry = AuditEntry.objects.get(action="dead_letter.replay")
    assert (entry.actor, entry.target) == ("admin", f"replay {job['id']}")
    assert entry.detail["letters"] == 1
    assert admin.get("/api/dead-letters/replays")["replays"] == [job]


def test_another_number_than_expected_starts_nothing(
    dead: Letters, admin: Program
) -> None:
    letter = dead.add()
    for path in ("replays", "discard"):
        body = {"cause": letter["cause"], "expected": 2, "reason": "old"}
        answer = admin.post(f"/api/dead-letters/{path}", **body)
        assert answer.json()["error"]["code"] == "other_number"

    assert not Replay.objects.exists()
    assert dead.state_of(letter) == "open"


def test_a_waiting_replay_is_cancelled(dead: Letters, admin: Program) -> None:
    letter = dead.add()
    job = admin.post("/api/dead-letters/replays", ids=[letter["_id"].hex()]).json()
    answer = admin.client.delete(f"/api/dead-letters/replays/{job['id']}")

    assert answer.json()["state"] == "cancelling"
    assert AuditEntry.objects.filter(action="dead_letter.cancel").count() == 1


def test_letters_are_discarded_with_a_reason_and_stay_to_be_read(
    dead: Letters, admin: Program
) -> None:
    gone, other = dead.add(), dead.add(b"not json", NOT_JSON)
    body = {"cause": gone["cause"], "reason": "test traffic"}
    answer = admin.post("/api/dead-letters/discard", **body)

    assert answer.json() == {"discarded": 1}
    shown = admin.get(f"/api/dead-letters/{gone['_id'].hex()}")
    assert shown["discard"]["reason"] == "test traffic"
    assert shown["discard"]["by"] == "token admin"
    assert dead.state_of(other) == "open"
    entry = AuditEntry.objects.get(action="dead_letter.discard")
    assert entry.detail == {"letters": 1, "reason": "test traffic"}


@pytest.mark.parametrize("reason", ["", "  ", "a\0b", "\ud800"])
def test_nothing_is_discarded_without_a_reason(
    dead: Letters, admin: Program, reason: str
) -> None:
    letter = dead.add()
    body = {"cause": letter["cause"], "reason": reason}

    assert admin.post("/api/dead-letters/discard", **body).status_code == 400
    assert dead.state_of(letter) == "open"


@pytest.mark.parametrize("path", ["replays", "discard"])
def test_readers_change_nothing(dead: Letters, reader: Program, path: str) -> None:
    letter = dead.add()
    body = {"cause": letter["cause"], "reason": "why not"}

    answer = reader.post(f"/api/dead-letters/{path}", **body)
    assert answer.status_code == 403
    assert reader.client.delete("/api/dead-letters/replays/1").status_code == 403
    assert dead.state_of(letter) == "open"


def zulu(moment: Any) -> str:
    text = str(moment.isoformat(timespec="milliseconds"))
    return text.replace("+00:00", "Z")
