"""The address that puts a condition into a search text."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_it_answers_the_text_with_the_condition(as_bob: Client) -> None:
    asked = {"q": "a OR b", "condition": "host:=x", "exclude": "1"}

    answer = as_bob.get("/refined", asked)

    assert answer.json() == {"q": "(a OR b) -host:=x"}


def test_a_text_that_cannot_be_read_is_refused(as_bob: Client) -> None:
    assert as_bob.get("/refined", {"q": "level:", "condition": "a"}).status_code == 400


def test_it_is_for_people_who_are_logged_in(client: Client) -> None:
    assert client.get("/refined", {"q": "a"}).status_code == 302
