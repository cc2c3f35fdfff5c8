"""At every door: a token has to be known, to be let send, and has its limits."""

from __future__ import annotations

import pytest

from ingest.edge.auth import TTL_S
from ingest.edge.doors import DOORS
from ingest.edge.doors.door import Door
from ingest.edge.rates import Rates
from tests.ingest.edge.senders import FakeEdge, Reply, post

at_every_door = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)


async def knock(edge: FakeEdge, door: Door, token: str | None) -> Reply:
    """An empty body never gets as far as Kafka, whatever the protocol."""
    kinds = door.content_types
    kind = "application/json" if "application/json" in kinds else min(kinds)
    return await post(edge, b"", {"content-type": kind}, token, path=door.paths[0])


@at_every_door
async def test_a_revoked_token_is_refused_within_30_s(door: Door) -> None:
    edge = FakeEdge()
    assert (await knock(edge, door, "alice")).status not in (401, 403)
    edge.revoked.add("alice")

    edge.now += TTL_S

    assert TTL_S <= 30
    assert (await knock(edge, door, "alice")).status == 401


@at_every_door
async def test_nobody_comes_in_without_a_token(door: Door) -> None:
    edge = FakeEdge()

    assert (await knock(edge, door, None)).status == 401
    assert (await knock(edge, door, "nobody")).status == 401


@at_every_door
async def test_a_token_that_may_only_read_is_refused(door: Door) -> None:
    assert (await knock(FakeEdge(), door, "charlie")).status == 403


@at_every_door
async def test_a_quota_that_is_used_up_is_429(door: Door) -> None:
    edge = FakeEdge(rates=Rates(bytes_per_day=10))
    assert (await post(edge, b'{"message": "of some length"}')).status == 202

    answer = await knock(edge, door, "alice")

    assert answer.status == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert b"10 bytes on a UTC day and has sent 29" in answer.body
