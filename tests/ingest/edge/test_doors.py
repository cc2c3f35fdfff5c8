"""Doors: which path leads where, and what all of them have in common."""

from __future__ import annotations

import json

import pytest

from ingest.edge.doors import DOORS, LOGS, door_at, is_for_a_door
from ingest.edge.doors.door import Request, Taken
from ingest.formats.batch import Batch
from tests.ingest.edge.senders import FakeEdge, post


def request(query: str) -> Request:
    return Request("POST", "/api/logs", {}, query)


def test_each_path_leads_to_one_door() -> None:
    paths = [path for door in DOORS for path in door.paths]

    assert len(paths) == len(set(paths))
    assert all(door_at(path) is door for door in DOORS for path in door.paths)


def test_each_door_has_a_name_of_its_own() -> None:
    assert len({door.name for door in DOORS}) == len(DOORS)


@pytest.mark.parametrize("path", ["/", "/api/logs/", "/api/logs/1", "/login", ""])
def test_other_paths_lead_to_none(path: str) -> None:
    assert door_at(path) is None
    assert not is_for_a_door("POST", path)


def test_the_site_answers_who_reads_where_others_send() -> None:
    assert is_for_a_door("POST", "/api/logs")
    assert not is_for_a_door("GET", "/api/logs")


@pytest.mark.parametrize("query", ["debug=1", "a=b&debug=true", "debug=0&debug=1"])
def test_a_request_debugs_when_it_says_so(query: str) -> None:
    assert request(query).debugs


@pytest.mark.parametrize("query", ["", "debug=0", "debug=", "debug", "x=debug"])
def test_it_does_not_debug_otherwise(query: str) -> None:
    assert not request(query).debugs


def test_what_is_only_on_this_disk_is_said_in_a_header() -> None:
    assert Taken(Batch(), None, is_local=True).headers == {"X-Durability": "local"}


def test_the_receipt_has_a_header() -> None:
    assert Taken(Batch(), "AbC").headers == {"X-Logsite-Receipt": "AbC"}


async def test_debug_answers_what_would_be_stored_and_stores_nothing() -> None:
    edge = FakeEdge()

    body = b'{"message": "paid", "level": "warning", "service": "shop"}\n{}'
    reply = await post(edge, body, path="/api/logs?debug=1")

    assert reply.status == 200
    assert reply.json["debug"] is True
    (entry,) = reply.json["entries"]
    assert (entry["level"], entry["message"]) == ("WARN", "paid")
    assert entry["metadata"] == {"_logsite": {"level": "warning"}}
    assert reply.json["rejected"] == 1
    assert [one["code"] for one in reply.json["results"]] == ["no_message"]
    assert edge.kafka.sent == []


async def test_debug_needs_no_kafka() -> None:
    edge = FakeEdge()
    edge.kafka.away = True
    await post(edge, b'{"message": "opens the circuit"}')

    reply = await post(edge, b'{"message": "paid"}', path="/api/logs?debug=1")

    assert reply.status == 200


async def test_debug_needs_the_token() -> None:
    reply = await post(FakeEdge(), b"{}", token=None, path="/api/logs?debug=1")

    assert (reply.status, reply.code) == (401, "missing_token")


def test_a_door_knows_a_content_type_whatever_its_parameters() -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    asked = Request("POST", "/api/logs", headers)

    LOGS.check(asked)

    assert asked.content_type == "application/json"
    assert json.loads(LOGS.accepted(Taken(Batch(), None), asked).body)["accepted"] == 0
