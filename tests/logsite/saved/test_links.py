"""Short links: one code for one search, and where they lead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from ingest.errors import QueryError, TooMany
from logsite.saved.asking import absolute, read
from logsite.saved.links import SHORTEST, code_of, link_to, shorten
from logsite.saved.models import ShortLink

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def query_of(text: str, line_at: datetime | None = None) -> str:
    return absolute(read(text, NOW, UTC_ZONE), NOW, line_at).query


def test_a_range_that_moves_with_the_clock_becomes_absolute() -> None:
    assert query_of("q=failed&range=1h") == (
        "q=failed&from=2026-03-01T09%3A00%3A00.000Z&to=2026-03-01T10%3A00%3A00.000Z"
    )


def test_words_for_a_range_become_absolute() -> None:
    assert query_of("when=yesterday") == (
        "from=2026-02-28T00%3A00%3A00.000Z&to=2026-03-01T00%3A00%3A00.000Z"
    )


def test_all_time_ends_now() -> None:
    assert query_of("range=all&level=ERROR") == (
        "level=ERROR&to=2026-03-01T10%3A00%3A00.000Z"
    )


def test_a_line_of_a_sender_whose_clock_runs_ahead_lies_within() -> None:
    ahead = NOW.replace(hour=11)

    assert query_of("", ahead).endswith("to=2026-03-01T11%3A00%3A00.001Z")


def test_a_live_search_stays_one() -> None:
    assert query_of("q=failed&live=1&cursor=x") == "q=failed&live=1"


def test_a_line_that_was_seen_live_is_linked_with_the_minutes_around_it() -> None:
    assert query_of("q=failed&live=1", NOW) == (
        "q=failed&from=2026-03-01T09%3A45%3A00.000Z&to=2026-03-01T10%3A15%3A00.000Z"
    )


@pytest.mark.parametrize(
    "text", ["from=never", "level=LOUD", "q=level:loud", "q=" + "x" * 20_000]
)
def test_what_the_page_would_refuse_gets_no_link(text: str) -> None:
    with pytest.raises(QueryError):
        read(text, NOW, UTC_ZONE)


def test_parameters_that_are_unknown_are_left_out() -> None:
    assert read("?q=failed&utm=x&saved=3", NOW, UTC_ZONE).query == "q=failed"


@pytest.mark.django_db
def test_one_search_has_one_code() -> None:
    first = shorten("q=failed", "", NOW, UTC_ZONE, "bob")
    again = shorten("q=failed", "", NOW, UTC_ZONE, "alice")

    assert first.code == again.code
    assert len(first.code) == SHORTEST
    assert ShortLink.objects.get().made_by == "bob"


@pytest.mark.django_db
def test_a_code_grows_when_another_search_has_it() -> None:
    taken = code_of("q=failed\0")[:SHORTEST]
    ShortLink.objects.create(code=taken, query="q=other", made_by="alice")

    link = link_to("q=failed", "", "bob", NOW)

    assert len(link.code) == SHORTEST + 1
    assert link.code.startswith(taken)
    assert link_to("q=failed", "", "bob", NOW).code == link.code


def test_a_link_leads_to_its_search(as_bob: Client) -> None:
    link = link_to("q=failed&level=ERROR", "", "alice", NOW)

    answer = as_bob.get(f"/s/{link.code}")

    assert answer.status_code == 302
    assert answer["Location"] == "/?q=failed&level=ERROR"


def test_a_link_to_a_line_names_it(as_bob: Client) -> None:
    link = link_to("q=failed", "0" * 32, "alice", NOW)

    assert as_bob.get(link.get_absolute_url())["Location"] == (
        f"/?q=failed&line={'0' * 32}"
    )


def test_whoever_follows_a_link_logs_in_first(client: Client, db: None) -> None:
    link = link_to("q=failed", "", "alice", NOW)

    answer = client.get(f"/s/{link.code}")

    assert answer["Location"] == f"/login?next=/s/{link.code}"


def test_a_code_that_nobody_made_is_not_found(as_bob: Client) -> None:
    assert as_bob.get("/s/12345678").status_code == 404


@pytest.mark.django_db
def test_a_day_has_so_many_new_links_of_one_person(settings: Settings) -> None:
    settings.LINKS_PER_DAY = 2
    first, _ = (link_to(f"q={n}", "", "bob", NOW) for n in range(2))

    with pytest.raises(TooMany) as refused:
        link_to("q=2", "", "bob", NOW + timedelta(hours=23))

    assert (refused.value.code, refused.value.retry_after_s) == ("too_many_links", 3600)
    assert link_to("q=0", "", "bob", NOW) == first  # it is there already
    assert link_to("q=2", "", "alice", NOW).made_by == "alice"


@pytest.mark.django_db
def test_the_day_after_there_may_be_new_links(settings: Settings) -> None:
    settings.LINKS_PER_DAY = 1
    link_to("q=0", "", "bob", NOW)

    assert link_to("q=1", "", "bob", NOW + timedelta(days=1)).made_by == "bob"


@pytest.mark.django_db
def test_too_many_links_are_refused_with_the_reason(
    as_bob: Client, settings: Settings
) -> None:
    settings.LINKS_PER_DAY = 1
    answers = [
        as_bob.post("/api/links", {"query": f"q={n}"}, content_type="application/json")
        for n in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 429]
    assert answers[1]["Retry-After"] == "3600"
    assert answers[1].json()["error"]["code"] == "too_many_links"
