"""/api/searches and /api/links: who sees and changes what."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from logsite.accounts import tokens
from logsite.accounts.models import User
from logsite.audit.models import AuditEntry
from logsite.saved import searches
from logsite.saved.models import SavedSearch

FAILED = {"name": "Failed logins", "query": "q=failed+password&range=1h"}


@pytest.fixture
def dora(db: None) -> Client:
    """One more reader."""
    client = Client()
    client.force_login(User.objects.create_user("dora", "", "x"))
    return client


def made(client: Client, **given: Any) -> dict[str, Any]:
    answer = post(client, **given)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def post(client: Client, **given: Any) -> Any:
    return client.post("/api/searches", {**FAILED, **given}, "application/json")


def patch(client: Client, search: dict[str, Any], **given: Any) -> Any:
    return client.patch(f"/api/searches/{search['id']}", given, "application/json")


def names(client: Client) -> list[str]:
    found = client.get("/api/searches").json()["searches"]
    return [one["name"] for one in found]


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def bearer(scope: str) -> Client:
    _, plain = tokens.create(scope, [scope])
    return Client(headers={"authorization": f"Bearer {plain}"})


def test_a_search_is_saved_as_it_was_asked(as_bob: Client) -> None:
    search = made(as_bob)

    assert search["query"] == FAILED["query"]
    assert search["owner"] == "bob"
    assert search["may_change"] is True
    assert search["page"].endswith(f"/?{FAILED['query']}&saved={search['id']}")


def test_it_says_how_the_api_is_asked_the_same(as_bob: Client) -> None:
    logs = urlsplit(made(as_bob)["logs"])
    asked = parse_qs(logs.query)

    assert logs.path == "/api/logs"
    assert asked["q"] == ["failed password"]
    ends = [datetime.fromisoformat(asked[name][0]) for name in ("from", "to")]
    assert (ends[1] - ends[0]).total_seconds() == 3600


def test_only_its_owner_sees_a_search_that_is_not_shared(
    as_bob: Client, dora: Client
) -> None:
    search = made(as_bob)

    assert names(as_bob) == ["Failed logins"]
    assert names(dora) == []
    assert dora.get(f"/api/searches/{search['id']}").status_code == 404


def test_everybody_sees_a_shared_search_and_others_do_not_change_it(
    as_bob: Client, dora: Client
) -> None:
    search = made(as_bob, shared=True)

    assert names(dora) == ["Failed logins"]
    assert code_of(patch(dora, search, name="Mine")) == (403, "not_yours")
    refused = dora.delete(f"/api/searches/{search['id']}")
    assert code_of(refused) == (403, "not_yours")


def test_whoever_looks_after_the_site_changes_what_is_shared(
    as_bob: Client, as_alice: Client
) -> None:
    search = made(as_bob, shared=True)

    assert patch(as_alice, search, name="Logins").json()["changed_by"] == "alice"
    assert names(as_bob) == ["Logins"]


def test_what_is_not_shared_is_not_even_there_for_them(
    as_bob: Client, as_alice: Client
) -> None:
    search = made(as_bob)

    assert patch(as_alice, search, name="Logins").status_code == 404


def test_a_name_is_taken_once_only(as_bob: Client) -> None:
    made(as_bob)

    assert code_of(post(as_bob, query="q=other")) == (409, "name_taken")


def test_a_name_that_is_taken_meanwhile_is_refused_as_well(
    as_bob: Client, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = searches._check_name

    def check_then_lose(search: SavedSearch) -> None:
        check(search)
        SavedSearch.objects.create(name=search.name, owner=bob, query="q=faster")

    with monkeypatch.context() as patch:
        patch.setattr(searches, "_check_name", check_then_lose)
        assert code_of(post(as_bob)) == (409, "name_taken")

    assert SavedSearch.objects.get().query == "q=faster"


def test_two_people_use_the_same_name(as_bob: Client, dora: Client) -> None:
    made(as_bob, shared=True)
    made(dora, shared=True)

    assert names(as_bob) == ["Failed logins", "Failed logins"]


def test_a_search_is_replaced_in_place(as_bob: Client) -> None:
    first = made(as_bob)
    second = made(as_bob, query="q=other", replace=True)

    assert second["id"] == first["id"]
    assert second["query"] == "q=other"
    assert names(as_bob) == ["Failed logins"]


def test_what_is_not_named_stays(as_bob: Client) -> None:
    search = made(as_bob)
    changed = patch(as_bob, search, shared=True).json()

    assert changed["shared"] is True
    assert (changed["name"], changed["query"]) == (search["name"], search["query"])


def test_a_search_is_deleted(as_bob: Client) -> None:
    search = made(as_bob)
    answer = as_bob.delete(f"/api/searches/{search['id']}")

    assert answer.status_code == 204
    assert names(as_bob) == []


@pytest.mark.parametrize("query", ["level=LOUD", "q=level:loud", "from=never"])
def test_what_the_page_would_refuse_is_not_saved(as_bob: Client, query: str) -> None:
    assert post(as_bob, query=query).status_code == 400
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\0b"])
def test_a_name_that_is_none_is_refused(as_bob: Client, name: str) -> None:
    assert post(as_bob, name=name).status_code == 400


def test_a_token_that_only_reads_sees_what_is_shared_and_saves_nothing(
    as_bob: Client,
) -> None:
    made(as_bob, shared=True)
    made(as_bob, name="Private")
    reader = bearer("read")

    assert names(reader) == ["Failed logins"]
    assert code_of(post(reader, name="Of a token")) == (403, "not_yours")


def test_what_an_admin_token_saves_is_shared_and_belongs_to_nobody(
    as_bob: Client,
) -> None:
    search = made(bearer("admin"))

    assert (search["shared"], search["owner"]) == (True, "")
    assert names(as_bob) == ["Failed logins"]


def test_the_trail_tells_of_shared_searches_only(as_bob: Client) -> None:
    search = made(as_bob, shared=True)
    made(as_bob, name="Private")
    patch(as_bob, search, query="q=other")
    as_bob.delete(f"/api/searches/{search['id']}")

    told = AuditEntry.objects.filter(action__startswith="search.")
    assert [one.action for one in told[::-1]] == [
        "search.save",
        "search.change",
        "search.delete",
    ]
    assert {one.target for one in told} == {"Failed logins"}


def test_a_link_is_made_with_absolute_times(as_bob: Client) -> None:
    asked = {"query": "q=failed&range=1h"}
    answer = as_bob.post("/api/links", asked, "application/json")

    link = answer.json()
    assert answer.status_code == 201
    assert link["url"] == f"http://testserver/s/{link['code']}"
    assert set(parse_qs(link["query"])) == {"q", "from", "to"}
    assert as_bob.get(f"/api/links/{link['code']}").json() == link


def test_a_link_keeps_when_it_was_made_and_by_whom(as_bob: Client) -> None:
    before = datetime.now(UTC)
    answer = as_bob.post("/api/links", {"query": ""}, "application/json")

    made_at = datetime.fromisoformat(answer.json()["made"])
    assert abs((made_at - before).total_seconds()) < 60


def test_a_link_that_nobody_made_is_not_found(as_bob: Client) -> None:
    assert as_bob.get("/api/links/12345678").status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"query": "q=\ud800"},
        {"query": "q=a%00b"},
        {"query": "\0"},
        {"query": "range=" + "9" * 5000},
        {"query": "saved=" + "9" * 5000},
        {"query": "q=a", "line": "\0"},
        {"query": "q=a", "line": "zz"},
        {"query": "from=99999999999999999999"},
    ],
)
def test_no_text_breaks_it(
    as_bob: Client, given: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logsite.saved.links.entry", lambda *_: None)
    monkeypatch.setattr("logsite.saved.links.answering", nullcontext)
    body = json.dumps(given)

    assert as_bob.post("/api/links", body, "application/json").status_code in (201, 400)


@pytest.mark.parametrize("number", ["0", "-1", "9" * 30])
def test_a_number_that_is_none_of_a_search_is_not_found(
    as_bob: Client, number: str
) -> None:
    assert as_bob.get(f"/api/searches/{number}").status_code == 404
    assert as_bob.get(f"/searches/{number}").status_code == 404
    assert as_bob.get(f"/searches/name?saved={number}").status_code in (200, 422)


@pytest.mark.parametrize("code", ["%00", "a%20b", "x" * 30, "%ED%A0%80"])
def test_a_code_that_is_none_is_not_found(as_bob: Client, code: str) -> None:
    assert as_bob.get(f"/api/links/{code}").status_code == 404
    assert as_bob.get(f"/s/{code}").status_code == 404
