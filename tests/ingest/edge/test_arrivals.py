"""What the edge counts of what comes to it, whatever becomes of it."""

from __future__ import annotations

import pytest

from ingest.edge.rates import Rates
from ingest.ledger.arrivals import Arrivals
from tests.ingest.edge.senders import FakeEdge, post

LINE = b'{"timestamp": "2026-03-01T12:00:00Z", "level": "INFO", "message": "hi"}'


@pytest.fixture
def edge() -> FakeEdge:
    return FakeEdge()


def arrived(edge: FakeEdge) -> Arrivals:
    """Of all minutes: a test may last over the end of one."""
    found = Arrivals()
    for minute in edge.intake.tally.arrived.take_changed().values():
        found.add(minute)
    return found


async def test_entries_are_offered_whether_or_not_they_are_accepted(
    edge: FakeEdge,
) -> None:
    await post(edge, b"\n".join([LINE, b"{}", LINE]))
    await post(edge, b"{}", token="bob")

    came = arrived(edge)

    assert (came.offered, came.rejected) == ({"1": 3, "2": 1}, {"1": 1, "2": 1})
    assert came.refused == {}


async def test_what_kafka_did_not_acknowledge_was_offered_and_refused(
    edge: FakeEdge,
) -> None:
    edge.kafka.away = True
    reply = await post(edge, LINE)

    came = arrived(edge)

    assert came.offered == {"1": 1}
    assert came.refused == {("1", 503, reply.code): 1}
    assert edge.intake.tally.acknowledged.take_changed() == {}


async def test_a_token_over_its_rate_is_refused_by_name() -> None:
    edge = FakeEdge(rates=Rates(entries=1))
    for _ in range(4):
        await post(edge, LINE + b"\n" + LINE)

    came = arrived(edge)

    assert came.offered == {"1": 2}
    assert came.refused == {("1", 429, "rate_limited"): 3}


async def test_who_has_no_known_token_is_refused_without_a_name(
    edge: FakeEdge,
) -> None:
    await post(edge, LINE, token="mallory")
    await post(edge, LINE, token=None)

    assert arrived(edge).refused == {
        ("", 401, "unknown_token"): 1,
        ("", 401, "missing_token"): 1,
    }


async def test_a_token_that_may_not_send_is_known_all_the_same(edge: FakeEdge) -> None:
    await post(edge, LINE, token="charlie")

    assert arrived(edge).refused == {("3", 403, "scope_missing"): 1}


async def test_a_door_that_answers_in_its_own_way_is_counted_as_it_answers(
    edge: FakeEdge,
) -> None:
    reply = await post(edge, b"oops", path="/loki/api/v1/push")

    ((_, status, _),) = arrived(edge).refused
    assert status == reply.status


async def test_trying_out_offers_nothing(edge: FakeEdge) -> None:
    await post(edge, LINE, path="/api/logs?debug=1")

    assert arrived(edge) == Arrivals()
