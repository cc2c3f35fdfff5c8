"""The dead letters' pages: what they show, who may do what, what has to be typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from logsite.deadletters.models import Replay
from tests.logsite.deadletters.conftest import NOT_JSON, Letters

pytestmark = [pytest.mark.django_db, pytest.mark.parts]
HERE = "/pipeline/dead-letters"
RULE = "rename msg message"


def html(client: Client, path: str, **posted: Any) -> str:
    answer = client.post(path, posted) if posted else client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def group_path(letter: Any) -> str:
    return f"{HERE}/groups/{letter['cause']}"


def letter_path(letter: Any) -> str:
    return f"{HERE}/letters/{letter['_id'].hex()}"


def test_without_letters_it_says_what_they_are(dead: Letters, as_bob: Client) -> None:
    assert "No dead letter is open" in html(as_bob, HERE)


def test_groups_are_listed_with_their_reason(dead: Letters, as_bob: Client) -> None:
    dead.add()
    dead.add(b"not json", NOT_JSON)
    page = html(as_bob, HERE)

    assert "no_message" in page
    assert "Not JSON: Expecting value at line # column #" in page


def test_a_letter_is_text_and_never_markup(dead: Letters, as_bob: Client) -> None:
    letter = dead.add(b"<script>alert(1)</script>\xff", NOT_JSON, key=b"<b>/1")
    pages = html(as_bob, letter_path(letter)), html(as_bob, group_path(letter))

    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
    assert "3c 73 63 72 69 70 74 3e" in pages[0]  # as bytes
    assert "not UTF-8" in pages[0]


def test_readers_see_no_forms_and_may_not_post(dead: Letters, as_bob: Client) -> None:
    letter = dead.add()

    for path in (group_path(letter), letter_path(letter)):
        assert "Discard" not in html(as_bob, path)
        answer = as_bob.post(path, {"step": "discard", "reason": "x", "typed": "1"})
        assert answer.status_code == 403
    assert dead.state_of(letter) == "open"


def test_a_rule_is_tried_then_sent_once_the_number_is_typed(
    dead: Letters, as_alice: Client
) -> None:
    letter = dead.add()
    dead.add()
    path = group_path(letter)
    tried = html(as_alice, path, step="try", rule=RULE)
    assert "would be stored" in tried
    assert "+  &quot;message&quot;: &quot;paid&quot;" in tried

    whole = {"step": "replay", "rule": RULE, "tried": RULE, "rate": "50"}
    assert "not the number" in html(as_alice, path, **whole, typed="1")
    assert not Replay.objects.exists()
    answer = as_alice.post(path, {**whole, "typed": "2"})

    job = Replay.objects.get()
    assert answer.headers["Location"] == f"{HERE}/replays/{job.pk}"
    assert (job.total, job.rate, job.by) == (2, 50, "user alice")


def test_another_rule_than_the_one_that_was_tried_is_tried_first(
    dead: Letters, as_alice: Client
) -> None:
    letter = dead.add()
    posted = {"step": "replay", "rule": "remove msg", "tried": RULE, "typed": "1"}
    page = html(as_alice, group_path(letter), **posted)

    assert "Dry run of 1 letter" in page
    assert not Replay.objects.exists()


def test_some_letters_of_a_group_can_be_chosen(dead: Letters, as_alice: Client) -> None:
    first, second, _ = dead.add(), dead.add(), dead.add()
    ids = [first["_id"].hex(), second["_id"].hex()]
    posted = {"step": "replay", "rule": RULE, "tried": RULE, "typed": "2", "id": ids}
    as_alice.post(group_path(first), posted)

    assert Replay.objects.get().selection["ids"] == ids


def test_a_line_that_is_no_step_is_said_at_the_field(
    dead: Letters, as_alice: Client
) -> None:
    page = html(as_alice, group_path(dead.add()), step="try", rule="frobnicate")

    assert "a step begins with set" in page


def test_a_group_is_discarded_once_its_number_is_typed(
    dead: Letters, as_alice: Client
) -> None:
    letter = dead.add()
    posted = {"step": "discard", "reason": "tests"}
    html(as_alice, group_path(letter), **posted, typed="7")
    assert dead.state_of(letter) == "open"

    as_alice.post(group_path(letter), {**posted, "typed": "1"})
    assert dead.state_of(letter) == "discarded"
    assert "No letter of this cause is open" in html(as_alice, group_path(letter))


def test_a_letter_is_mended_by_hand(dead: Letters, as_alice: Client) -> None:
    letter = dead.add(b"not json", NOT_JSON)
    text = '{"message": "paid"}'
    path = letter_path(letter)
    assert "would be stored" in html(as_alice, path, step="try", text=text)

    as_alice.post(path, {"step": "replay", "text": text})
    job = Replay.objects.get()
    assert (job.by_hand, job.total) == (text, 1)


def test_what_would_fail_again_is_not_sent_by_hand(
    dead: Letters, as_alice: Client
) -> None:
    letter = dead.add(b"not json", NOT_JSON)
    page = html(as_alice, letter_path(letter), step="replay", text="still not")

    assert "It would fail again" in page
    assert not Replay.objects.exists()


def test_a_replay_shows_how_far_it_is_and_can_be_cancelled(
    dead: Letters, as_alice: Client, as_bob: Client
) -> None:
    letter = dead.add()
    posted = {"step": "replay", "rule": RULE, "tried": RULE, "typed": "1"}
    path = as_alice.post(group_path(letter), posted).headers["Location"]

    page = html(as_alice, path)
    assert "0 of 1 letters" in page
    assert RULE in page
    assert "Cancel this replay" not in html(as_bob, path)
    assert as_bob.post(f"{path}/cancel").status_code == 403
    as_alice.post(f"{path}/cancel")
    assert Replay.objects.get().state == "cancelling"


@pytest.mark.parametrize(
    "path",
    [
        f"{HERE}?state=lost",
        f"{HERE}/groups/{'0' * 16}",
        f"{HERE}/groups/nonsense",
        f"{HERE}/letters/{'0' * 32}",
        f"{HERE}/letters/nonsense",
        f"{HERE}/replays/1",
    ],
)
def test_what_is_not_there_is_404(dead: Letters, as_bob: Client, path: str) -> None:
    assert as_bob.get(path).status_code == 404
