"""What pages show beside a token: entries by minute and hour, its day's share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.edge.rates import Rates
from ingest.edge.uses import Uses
from ingest.ledger.stored import write_edge_minutes
from logsite.accounts import seen, tokens
from logsite.accounts.figures import Day, Figures, figures
from logsite.accounts.models import Token

pytestmark = [pytest.mark.parts, pytest.mark.django_db(transaction=True)]
NOW = datetime.now(UTC).replace(second=30, microsecond=0)


@pytest.fixture
def shipper(mongo: Any) -> Token:
    """Two processes took 70 entries of it in the last minute, 100 in the hour."""
    token, _ = tokens.create("shipper", ["ingest"], rates=Rates(bytes_per_day=1_000))
    minute = int(NOW.timestamp()) // 60
    key = str(token.pk)
    write_edge_minutes(mongo, "a", {minute - 1: {key: 50}, minute - 40: {key: 25}})
    write_edge_minutes(mongo, "b", {minute - 1: {key: 20}, minute: {key: 5}})
    write_edge_minutes(mongo, "b", {minute - 90: {key: 1_000}})
    return token


def test_it_adds_up_all_processes(shipper: Token, mongo: Any) -> None:
    uses = Uses()
    uses.add(str(shipper.pk), NOW, entries=100, size=250)
    seen.tell("a", uses.take_changed())

    (row,) = figures(mongo, NOW)

    assert (row.name, row.last_minute, row.last_hour) == ("shipper", 70, 100)
    assert row.day == Day(250, 1_000)
    assert row.day.share == 0.25
    assert row.last_used == NOW


def test_the_busiest_comes_first_and_readers_do_not_come(
    shipper: Token, mongo: Any
) -> None:
    tokens.create("a-silent-one", ["ingest"])
    tokens.create("grafana", ["read"])

    assert names(figures(mongo, NOW)) == ["shipper", "a-silent-one"]


def test_who_was_revoked_is_shown_while_what_it_sent_is(
    shipper: Token, mongo: Any
) -> None:
    tokens.revoke("shipper")

    assert names(figures(mongo, NOW)) == ["shipper"]
    assert names(figures(mongo, NOW + timedelta(hours=3))) == []


def names(rows: list[Figures]) -> list[str]:
    return [row.name for row in rows]
