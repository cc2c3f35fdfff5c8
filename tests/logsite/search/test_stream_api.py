"""GET /api/logs/stream: what it tells, and that it ends with its reader."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pymongo.database import Database
from pymongo.errors import AutoReconnect

from ingest.query.filter import LogFilter
from logsite.search.following import follow, turns
from logsite.search.stream_api import as_events
from logsite.search.turns import Turns
from tests.ingest.query.stored import StoredLog, entry_at, prepare
from tests.logsite.search.events import Event, read

pytestmark = [pytest.mark.parts, pytest.mark.django_db]

Json = dict[str, Any]


@pytest.fixture
def stored(mongo: Database[Json], monkeypatch: pytest.MonkeyPatch) -> StoredLog:
    """Twelve entries in three blocks; each step of a search is told of."""
    prepare(mongo)
    monkeypatch.setattr("logsite.search.api.database", lambda: mongo)
    monkeypatch.setattr("logsite.search.following.EVERY_S", 0)
    log = StoredLog(mongo)
    return log.add(*(entry_at(n, f"hello {n}") for n in range(12)))


def ask(client: Client, **parameters: Any) -> list[Event]:
    response = client.get("/api/logs/stream", parameters)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/event-stream"
    return read(response.streaming_content)  # type: ignore[attr-defined]


def items(events: list[Event]) -> list[str]:
    return [
        item["message"]
        for name, told in events
        if name == "items"
        for item in told["items"]
    ]


def test_it_tells_what_a_search_answers_piece_by_piece(
    as_bob: Client, stored: StoredLog
) -> None:
    events = ask(as_bob, q="hello")
    answer = as_bob.get("/api/logs", {"q": "hello"}).json()

    name, done = events[-1]
    assert name == "done"
    assert done | {"items": answer["items"]} == answer
    assert items(events) == [item["message"] for item in answer["items"]]


def test_it_tells_how_far_it_is_and_of_how_much(
    as_bob: Client, stored: StoredLog
) -> None:
    progress = [told for name, told in ask(as_bob, q="-hello") if name == "progress"]

    assert [told["reached"] for told in progress] == [
        "2026-11-22T12:00:11.000Z",
        "2026-11-22T12:00:07.000Z",
        "2026-11-22T12:00:03.000Z",
    ]
    assert [told["examined"] for told in progress] == [0, 4, 8]
    assert {told["entries"] for told in progress} == {12}
    passed = [told["passed"] for told in progress]
    assert passed == sorted(passed)
    assert passed[-1] <= 12


def test_a_search_goes_on_where_one_was_stopped(
    as_bob: Client, stored: StoredLog
) -> None:
    told = ask(as_bob, q="hello")
    stopped = next(
        n for n, (name, _) in enumerate(told) if name == "progress" and n > 1
    )
    seen = items(told[:stopped])

    rest = ask(as_bob, q="hello", cursor=told[stopped][1]["next"])

    assert seen
    assert seen + items(rest) == items(told)


def test_a_search_that_waits_tells_how_many_are_before_it(
    as_bob: Client, stored: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Turns(at_once=1, in_line=1)
    monkeypatch.setattr("logsite.search.following.turns", lambda: line)
    monkeypatch.setattr("logsite.search.turns.TELL_S", 0)
    monkeypatch.setattr("logsite.search.following.LIGHT_S", 0)
    other = line.take(iter("abc"), light_s=0)
    assert [next(other), next(other)] == ["a", "b"]

    mine = as_events(follow(stored.db, LogFilter("hello"), 50))
    assert read([next(mine), next(mine)])[-1] == ("waiting", {"before": 1})

    list(other)
    assert read(mine)[-1][0] == "done"


def test_a_search_that_goes_on_apart_tells_the_same(
    as_bob: Client, stored: StoredLog, mongo_url: str, settings: Any, monkeypatch: Any
) -> None:
    whole = ask(as_bob, q="-absent")
    settings.SEARCHES_APART = True
    settings.MONGO_URL = mongo_url.replace("/logsite?", f"/{stored.db.name}?")
    monkeypatch.setattr("logsite.search.following.LIGHT_S", 0)

    apart = ask(as_bob, q="-absent")

    assert items(apart) == items(whole)
    assert apart[-1] == whole[-1]


def test_a_search_beyond_the_line_is_told_to_come_again(
    as_bob: Client, stored: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Turns(at_once=1, in_line=0)
    monkeypatch.setattr("logsite.search.following.turns", lambda: line)
    monkeypatch.setattr("logsite.search.following.LIGHT_S", 0)
    other = line.take(iter("abc"), light_s=0)
    assert [next(other), next(other)] == ["a", "b"]

    refused = as_bob.get("/api/logs", {"q": "hello"})

    assert refused.status_code == 503
    assert refused["Retry-After"]
    assert refused.json()["error"]["code"] == "search_busy"
    assert ask(as_bob, q="hello")[-1][1]["error"]["code"] == "search_busy"


def test_a_reader_who_leaves_ends_the_search(
    as_bob: Client, stored: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logsite.search.following.LIGHT_S", 0)
    line = Turns(at_once=1, in_line=1)
    monkeypatch.setattr("logsite.search.following.turns", lambda: line)
    events = as_events(follow(stored.db, LogFilter("hello"), 50))
    next(events)
    next(events)

    events.close()

    assert line._line == []


def test_a_store_that_goes_away_is_an_event(
    as_bob: Client, stored: StoredLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = follow(stored.db, LogFilter("hello"), 50)
    events = as_events(steps)
    next(events)

    def gone(*_: object, **__: object) -> None:
        raise AutoReconnect("gone")

    monkeypatch.setattr("ingest.query.candidates.raw_of_block", gone)
    name, told = read(events)[-1]

    assert name == "error"
    assert told["error"]["code"] == "mongodb_unavailable"


def test_a_text_that_cannot_be_read_is_refused_before_the_stream(
    as_bob: Client, stored: StoredLog
) -> None:
    assert as_bob.get("/api/logs/stream", {"q": "/(/"}).status_code == 400


def test_the_line_is_one_for_the_whole_process() -> None:
    assert turns() is turns()
