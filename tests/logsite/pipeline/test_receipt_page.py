"""The box on the pipeline page, over a real MongoDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client

from ingest.fold.block import to_datetime
from logsite.pipeline import receipt_views
from logsite.search.found import StoreAway
from tests.logsite.pipeline.acknowledged import Acknowledged

pytestmark = [pytest.mark.parts, pytest.mark.django_db]


@pytest.fixture
def sent(mongo: Any, monkeypatch: pytest.MonkeyPatch) -> Acknowledged:
    @contextmanager
    def store() -> Iterator[Any]:
        yield mongo

    monkeypatch.setattr(receipt_views, "answering", store)
    return Acknowledged(mongo)


def shown(client: Client, pasted: str) -> str:
    """What is swapped in below the box."""
    told = client.post("/pipeline/receipt", {"q": pasted}, headers={"HX-Request": "1"})
    assert told.status_code == 200
    return told.content.decode()


def test_a_receipt_says_what_became_of_its_entries(
    sent: Acknowledged, as_bob: Client
) -> None:
    sent.send(700)
    sent.send(2, bad=True)
    sent.store()

    told = shown(as_bob, sent.receipt(0, 702))

    assert "702 entries" in told
    assert "2 in the dead letters" in told
    assert "700 stored" in told
    assert told.index("invalid_json") < told.index(">stored</td>")  # the worst first
    assert told.count("<time datetime") == 4


def test_what_was_pasted_around_a_receipt_does_no_harm(
    sent: Acknowledged, as_bob: Client
) -> None:
    receipt = sent.send(1)
    sent.store()

    for pasted in (f'{{"receipt": "{receipt}", "accepted": 1}}', f" {receipt}\n"):
        assert "1 entry" in shown(as_bob, pasted)
    assert "1 entry" in shown(as_bob, f"X-Logsite-Receipt: {receipt}")


def test_it_asks_again_while_entries_wait(sent: Acknowledged, as_bob: Client) -> None:
    receipt = sent.send(1)

    assert "hx-trigger" in shown(as_bob, receipt)
    sent.store()
    assert "hx-trigger" not in shown(as_bob, receipt)


def test_a_receipt_of_very_many_says_how_many_were_counted(
    sent: Acknowledged, as_bob: Client
) -> None:
    told = shown(as_bob, sent.receipt(0, 150_000))

    assert "Counted are the first 100,000 of 150,000." in told
    assert "100,000 not read yet" in told


def test_a_forged_receipt_is_refused_with_words(
    sent: Acknowledged, as_bob: Client
) -> None:
    foreign = sent.receipt(0, 1, secret=b"of another site")

    assert "another site signed it" in shown(as_bob, foreign)


def test_an_id_shows_its_entry(sent: Acknowledged, as_bob: Client) -> None:
    sent.send(1)
    sent.store()
    entry_id = sent.lane.incarnation.to_bytes(4).hex() + "0" * 24

    told = shown(as_bob, entry_id)

    assert "card declined 0" in told
    assert f"/entries/{entry_id}" in told


def test_an_id_of_a_dead_letter_says_why(sent: Acknowledged, as_bob: Client) -> None:
    sent.send(1, bad=True)
    sent.store()

    told = shown(as_bob, sent.lane.incarnation.to_bytes(4).hex() + "0" * 24)

    assert "The line is not JSON." in told


@pytest.mark.parametrize("state", ["open", "replayed"])
def test_a_dead_letter_is_well_once_what_was_sent_again_is_stored(
    sent: Acknowledged, as_bob: Client, state: str
) -> None:
    receipt = sent.send(1, bad=True)
    sent.send(1)
    sent.store()
    place = {"partition": 0, "offset": 1, "received": to_datetime(sent.at_ms)}
    replayed = {"state": "replayed", "replay": {"places": [place]}}
    if state == "replayed":
        sent.db["dead_letters"].update_one({}, {"$set": replayed})

    told = shown(as_bob, receipt)

    is_mended = state == "replayed"
    assert ("1 dead letter was sent again and is stored" in told) is is_mended
    assert ('"said-fate well"' in told) is is_mended
    assert "Settled by a store worker" in told


def test_an_id_that_nobody_knows_is_explained(
    sent: Acknowledged, as_bob: Client
) -> None:
    assert "No life of the log topic" in shown(as_bob, "ab" * 16)


@pytest.mark.parametrize(
    "pasted",
    [
        '{"level": "info", "message": "card declined 3"}',
        "2026-03-01T12:00:00Z INFO card declined 3",
        "card declined 3",
    ],
)
def test_a_line_is_found_as_it_was_sent_or_written(
    sent: Acknowledged, as_bob: Client, pasted: str
) -> None:
    sent.send(5)
    sent.store()

    told = shown(as_bob, pasted)

    assert "1 entry says this" in told
    assert "card declined 3" in told


def test_a_line_that_is_not_stored_says_what_to_do(
    sent: Acknowledged, as_bob: Client
) -> None:
    told = shown(as_bob, "nobody ever wrote this")

    assert "Nothing stored says this." in told
    assert "Was it answered 202?" in told


def test_a_link_opens_the_whole_page(sent: Acknowledged, as_bob: Client) -> None:
    receipt = sent.send(1)
    sent.store()

    page = as_bob.get("/pipeline/receipt", {"q": receipt}).content.decode()

    assert "<html" in page
    assert f'value="{receipt}"' in page
    assert "1 entry" in page


def test_it_says_so_while_mongodb_is_away(
    as_bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def away() -> Iterator[Any]:
        raise StoreAway
        yield

    monkeypatch.setattr(receipt_views, "answering", away)

    told = as_bob.get("/pipeline/receipt", {"q": "a line"})

    assert told.status_code == 503
    assert "MongoDB does not answer" in told.content.decode()


def test_nobody_looks_without_logging_in(db: None) -> None:
    assert Client().get("/pipeline/receipt").status_code == 302
