"""/api/receipts through the whole site, over a real MongoDB."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ingest.fold.block import to_datetime
from logsite.accounts import tokens
from logsite.search.schemas import rfc3339
from tests.logsite.pipeline.acknowledged import Acknowledged

pytestmark = [pytest.mark.parts, pytest.mark.django_db]

Json = dict[str, Any]
NONE = dict.fromkeys(
    ("stored", "duplicate", "dead", "lost", "expired", "waiting", "unknown"), 0
)


@pytest.fixture
def sent(mongo: Any, monkeypatch: pytest.MonkeyPatch) -> Acknowledged:
    monkeypatch.setattr("logsite.pipeline.receipts_api.database", lambda: mongo)
    return Acknowledged(mongo)


def ask(client: Client, receipt: str, **parameters: Any) -> Json:
    response = client.get(f"/api/receipts/{receipt}", parameters)
    assert response.status_code == 200, response.content
    answer: Json = response.json()
    return answer


def refused(client: Client, receipt: str, **parameters: Any) -> Json:
    response = client.get(f"/api/receipts/{receipt}", parameters)
    assert response.status_code == 400, response.content
    error: Json = response.json()["error"]
    return error


def test_a_stored_entry_is_told_with_the_time_of_every_hop(
    sent: Acknowledged, as_bob: Client
) -> None:
    receipt = sent.send(1)
    sent.store()

    answer = ask(as_bob, receipt)

    appended = to_datetime(sent.at_ms)
    assert answer["read"] == rfc3339(appended - timedelta(milliseconds=5))
    assert answer["acknowledged"] == rfc3339(appended + timedelta(milliseconds=7))
    (item,) = answer["items"]
    assert item["appended"] == rfc3339(appended)
    assert item["visible"] > answer["acknowledged"]
    assert (item["fate"], item["why"]) == ("stored", None)
    assert sent.db[f"logs_{appended:%Y%m%d}"].find_one(bytes.fromhex(item["id"]))


def test_what_is_not_read_yet_waits(sent: Acknowledged, as_bob: Client) -> None:
    receipt = sent.send(3)

    answer = ask(as_bob, receipt)

    assert answer["fates"] == {**NONE, "waiting": 3}
    assert answer["settled"] is False
    assert [item["id"] for item in answer["items"]] == [None] * 3


def test_a_duplicate_names_what_it_repeats(sent: Acknowledged, as_bob: Client) -> None:
    first, again = sent.send(2, b"r" * 12), sent.send(2, b"r" * 12)
    sent.store()

    told = ask(as_bob, again)

    assert told["fates"] == {**NONE, "duplicate": 2}
    assert [item["duplicate_of"] for item in told["items"]] == [
        item["id"] for item in ask(as_bob, first)["items"]
    ]


def test_a_dead_letter_is_told_with_its_reason(
    sent: Acknowledged, as_bob: Client
) -> None:
    receipt = sent.send(1, bad=True)
    sent.store()

    (item,) = ask(as_bob, receipt)["items"]

    assert item["fate"] == "dead"
    assert item["dead_letter"] == {
        "code": "invalid_json",
        "message": "The line is not JSON.",
        "stage": "decode",
        "state": "open",
    }
    assert sent.db["dead_letters"].find_one(bytes.fromhex(item["id"]))


def test_a_dead_letter_that_was_replayed_is_followed(
    sent: Acknowledged, as_bob: Client
) -> None:
    receipt = sent.send(1, bad=True)
    sent.send(1)
    sent.store()
    place = {"partition": 0, "offset": 1, "received": to_datetime(sent.at_ms)}
    replayed = {"state": "replayed", "replay": {"places": [place]}}
    sent.db["dead_letters"].update_one({}, {"$set": replayed})

    (item,) = ask(as_bob, receipt)["items"]

    assert item["dead_letter"]["state"] == "replayed"
    (replay,) = item["replays"]
    assert (replay["offset"], replay["fate"]) == (1, "stored")


def test_another_message_at_the_offset_is_not_taken_for_the_entry(
    sent: Acknowledged, as_bob: Client
) -> None:
    receipt = sent.send(1)
    sent.sent[0].received += 1
    sent.store()

    (item,) = ask(as_bob, receipt)["items"]

    assert (item["fate"], item["why"]) == ("unknown", "other_message")
    assert item["id"] is None


def test_entries_come_in_pages_and_counts_of_all(
    sent: Acknowledged, as_bob: Client
) -> None:
    receipt = sent.send(250)
    sent.store()

    first = ask(as_bob, receipt)
    second = ask(as_bob, receipt, start=first["next"], limit=1_000)

    assert (first["entries"], first["counted"], first["next"]) == (250, 250, 100)
    assert second["fates"] == first["fates"] == {**NONE, "stored": 250}
    assert [item["number"] for item in second["items"]] == list(range(100, 250))
    assert second["next"] is None


def test_only_some_fates_can_be_asked_for(sent: Acknowledged, as_bob: Client) -> None:
    sent.send(120)
    sent.send(2, bad=True)
    sent.send(30)
    sent.store()
    receipt = sent.receipt(0, 152)

    found = ask(as_bob, receipt, fate="dead")

    assert [item["number"] for item in found["items"]] == [120, 121]
    assert (found["next"], found["fates"]["stored"]) == (None, 150)


def test_a_very_long_receipt_is_counted_in_parts(
    sent: Acknowledged, as_bob: Client
) -> None:
    receipt = sent.receipt(0, 250_000)

    first = ask(as_bob, receipt, fate="stored")
    last = ask(as_bob, receipt, start=200_000)

    assert (first["entries"], first["counted"]) == (250_000, 100_000)
    assert (first["items"], first["next"]) == ([], 100_000)
    assert last["counted"] == 50_000
    assert last["items"][0]["offset"] == 200_000


def test_a_long_receipt_is_sent_by_post(sent: Acknowledged, as_bob: Client) -> None:
    body = {"receipt": sent.send(3), "limit": 2}

    answer = as_bob.post("/api/receipts", body, "application/json").json()

    assert [item["number"] for item in answer["items"]] == [0, 1]
    assert answer["next"] == 2


@pytest.mark.parametrize("receipt", ["AAAA", "x" * 64, "not-a-receipt"])
def test_what_is_no_receipt_is_refused(
    sent: Acknowledged, as_bob: Client, receipt: str
) -> None:
    assert refused(as_bob, receipt)["code"] == "bad_receipt"


def test_a_receipt_of_another_site_is_refused(
    sent: Acknowledged, as_bob: Client
) -> None:
    foreign = sent.receipt(0, 1, secret=b"of another site")

    error = refused(as_bob, foreign)

    assert error["code"] == "bad_receipt"
    assert "another site" in error["message"]


def test_a_misspelled_parameter_is_refused(sent: Acknowledged, as_bob: Client) -> None:
    assert refused(as_bob, sent.send(1), page=2)["code"] == "unknown_parameter"
    assert refused(as_bob, sent.send(1), limit=1_001)["code"] == "invalid_parameter"


def test_an_ingest_token_may_not_read_receipts(sent: Acknowledged) -> None:
    _, plain = tokens.create("sender", ["ingest"])
    client = Client(headers={"Authorization": f"Bearer {plain}"})

    assert client.get(f"/api/receipts/{sent.send(1)}").status_code == 403
    assert Client().get(f"/api/receipts/{sent.send(1)}").status_code == 401
