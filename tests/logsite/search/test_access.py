"""Who is not logged in: where pages, their parts and their streams send them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client

PART = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?q=order"}


@pytest.fixture
def ended() -> Client:
    """The browser of somebody whose session has ended."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    return client


def asked_of_login(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 302
    login = urlsplit(answer["Location"])
    assert login.path == "/login"
    return parse_qs(login.query)


@pytest.mark.django_db
def test_a_page_comes_back_after_the_login_and_says_why_it_went(ended: Client) -> None:
    asked = asked_of_login(ended.get("/?q=card%20declined&range=1h"))

    assert asked == {"ended": ["1"], "next": ["/?q=card%20declined&range=1h"]}


def test_nobody_is_told_of_the_end_of_what_never_was(client: Client) -> None:
    assert asked_of_login(client.get("/?q=card")) == {"next": ["/?q=card"]}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("referer", "back"),
    [("http://testserver/exports/7?x=1", "/exports/7?x=1"), ("", "/")],
)
def test_nothing_is_posted_again_after_the_login(
    ended: Client, referer: str, back: str
) -> None:
    answer = ended.post("/exports/7/end", headers={"Referer": referer})

    assert asked_of_login(answer)["next"] == [back]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/rows", "/patterns", "/histogram", "/refined", "/status"]
)
def test_a_part_of_a_page_leaves_it_to_the_page(ended: Client, path: str) -> None:
    answer = ended.get(path, headers=PART)

    assert (answer.status_code, answer.content) == (401, b"")
    assert "HX-Redirect" not in answer


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/stream", "/counts"])
def test_a_stream_tells_its_page(ended: Client, path: str) -> None:
    answer: Any = ended.get(path)

    assert answer["Content-Type"] == "text/event-stream"
    assert b"".join(answer).startswith(b"event: signed-out\n")


@pytest.mark.parametrize(
    ("path", "says"), [("/login?ended=1", True), ("/login", False)]
)
def test_the_login_says_why_it_is_asked_for(
    client: Client, path: str, says: bool
) -> None:
    page = client.get(path).content.decode()

    assert ("You were signed out: sign in to go on" in page) is says
