"""The pages of saved searches: who sees which, and may do what."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from logsite.accounts.models import User
from logsite.saved.models import PastSearch, SavedSearch

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def shared(alice: User) -> SavedSearch:
    return saved(alice, "Failed logins", is_shared=True)


def saved(owner: User, name: str, *, is_shared: bool = False) -> SavedSearch:
    return SavedSearch.objects.create(
        name=name, owner=owner, shared=is_shared, query="q=failed&level=ERROR"
    )


def test_a_saved_search_is_opened_with_its_name(
    as_bob: Client, shared: SavedSearch
) -> None:
    answer = as_bob.get(f"/searches/{shared.pk}")

    assert answer["Location"] == f"/?q=failed&level=ERROR&saved={shared.pk}"


def test_what_others_keep_for_themselves_is_not_there(
    as_bob: Client, alice: User
) -> None:
    private = saved(alice, "Private")

    assert as_bob.get(f"/searches/{private.pk}").status_code == 404
    assert "Private" not in as_bob.get("/searches").content.decode()
    assert "Private" not in as_bob.get("/searches/menu").content.decode()


def test_what_others_share_is_not_changed(as_bob: Client, shared: SavedSearch) -> None:
    given = {"name": "Mine"}

    assert as_bob.post(f"/searches/{shared.pk}/edit", given).status_code == 403
    assert as_bob.post(f"/searches/{shared.pk}/delete").status_code == 403
    assert SavedSearch.objects.get().name == "Failed logins"


def test_nobody_replaces_what_is_not_theirs(
    as_bob: Client, shared: SavedSearch
) -> None:
    given = {"name": "Mine", "query": "q=other", "replace": str(shared.pk)}
    answer = as_bob.post("/searches/name", given)

    assert answer.status_code == 204
    shared.refresh_from_db()
    assert (shared.name, shared.query) == ("Failed logins", "q=failed&level=ERROR")
    assert SavedSearch.objects.get(name="Mine").query == "q=other"


def test_whoever_looks_after_the_site_may_delete_what_is_shared(
    as_alice: Client, bob: User
) -> None:
    search = saved(bob, "Of Bob", is_shared=True)
    as_alice.post(f"/searches/{search.pk}/delete")

    assert not SavedSearch.objects.exists()


def test_a_rename_to_a_name_that_is_taken_is_refused(as_bob: Client, bob: User) -> None:
    first, second = saved(bob, "First"), saved(bob, "Second")
    answer = as_bob.post(f"/searches/{second.pk}/edit", {"name": first.name})

    assert answer.status_code == 400
    assert "this name already" in answer.content.decode()


def test_a_search_of_an_older_release_is_listed_though_it_cannot_be_read(
    as_bob: Client, bob: User
) -> None:
    SavedSearch.objects.create(name="Old", owner=bob, query="level=LOUD")

    assert "level=LOUD" in as_bob.get("/searches").content.decode()


def test_log_text_in_a_search_is_no_markup(as_bob: Client, bob: User) -> None:
    evil = "<script>alert(1)</script>"
    SavedSearch.objects.create(name=evil, owner=bob, query=f"q={evil}")

    for path in ("/searches", "/searches/menu"):
        assert evil not in as_bob.get(path).content.decode()


def test_the_dialog_says_why_a_search_cannot_be_saved(as_bob: Client) -> None:
    answer = as_bob.get("/searches/name?q=level:loud")

    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_a_search_is_noted_once_its_results_were_shown(
    as_bob: Client, bob: User
) -> None:
    answer = as_bob.post("/searches/past", {"query": "?q=failed&range=1h"})

    assert answer.status_code == 204
    assert PastSearch.objects.get(person=bob).query == "q=failed&range=1h"


@pytest.mark.parametrize("query", ["level=LOUD", "q=level:loud"])
def test_what_cannot_be_read_is_not_noted(as_bob: Client, query: str) -> None:
    assert as_bob.post("/searches/past", {"query": query}).status_code == 400
    assert not PastSearch.objects.exists()


def test_a_reader_forgets_only_their_own_history(
    as_bob: Client, as_alice: Client, alice: User
) -> None:
    for client in (as_bob, as_alice):
        client.post("/searches/past", {"query": "q=failed"})
    as_bob.post("/searches/forget")

    assert [one.person for one in PastSearch.objects.all()] == [alice]


@pytest.mark.parametrize(
    "path", ["/searches", "/searches/menu", "/searches/name", "/searches/1"]
)
def test_strangers_log_in_first(client: Client, db: None, path: str) -> None:
    assert client.get(path)["Location"].startswith("/login")


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "x", "-1", ""])
def test_a_number_of_no_search_names_none(
    as_bob: Client, bob: User, number: str
) -> None:
    saved(bob, "First")
    page = as_bob.get(
        "/", {"saved": number, "from": "never"}
    )  # refused: nobody is asked

    assert page.status_code == 400
    assert "First" not in page.content.decode()
