"""Preferences come from cookies, which anybody can write."""

from __future__ import annotations

import pytest

from logsite.search.preferences import preferences


def test_nothing_chosen_means_the_systems_theme_and_utc() -> None:
    found = preferences({})

    assert (found.theme, found.rail, found.wrap) == ("system", "wide", "off")
    assert found.zone.key == "UTC"


def test_what_was_chosen_counts() -> None:
    found = preferences({"theme": "dark", "wrap": "on", "tz": "Asia/Seoul"})

    assert (found.theme, found.wrap, found.zone.key) == ("dark", "on", "Asia/Seoul")


def test_times_in_utc_are_a_choice_whatever_the_browser_says() -> None:
    found = preferences({"times": "utc", "tz": "Asia/Seoul"})

    assert found.zone.key == "UTC"


@pytest.mark.parametrize(
    "zone", ["", "../../etc/passwd", "Mars/Base", "x" * 5000, "\0"]
)
def test_a_forged_cookie_counts_as_nothing_chosen(zone: str) -> None:
    found = preferences({"theme": '"><script>', "tz": zone})

    assert (found.theme, found.zone.key) == ("system", "UTC")
