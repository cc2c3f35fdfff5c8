"""Addresses as people type them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/settings", "/alerts", "/exports", "/searches", "/settings/tokens"]
)
def test_an_address_may_end_in_a_slash(as_alice: Client, path: str) -> None:
    answer: Any = as_alice.get(f"{path}/?x=1%202")

    assert (answer.status_code, answer.url) == (302, f"{path}?x=1%202")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/nothing/", "/%2Fevil.example/", "/settings//"])
def test_nothing_with_a_slash_is_nothing(as_alice: Client, path: str) -> None:
    assert as_alice.get(path).status_code == 404


@pytest.mark.django_db
def test_nothing_is_sent_on_that_was_posted(as_alice: Client) -> None:
    assert as_alice.post("/settings/", {}).status_code == 404
