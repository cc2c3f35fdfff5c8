"""The use of tokens reaches SQL, adds up over processes, and stays bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import override_settings
from django.utils import timezone

from ingest.edge.uses import Uses, sender
from logsite.accounts import seen, tokens
from logsite.accounts.grants import lookup_for
from logsite.accounts.models import Token, TokenDay, TokenSender
from logsite.accounts.seen import MAX_SENDERS, had_on
from logsite.accounts.telling import UseTeller

pytestmark = pytest.mark.django_db(transaction=True)
ALICE = sender("192.0.2.7", "Fluent-Bit v4")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def token() -> Iterator[Token]:
    with override_settings(RATE_LIMIT_BYTES_PER_DAY=1_000):
        yield tokens.create("shipper", ["ingest"])[0]


def told(process: str, uses: Uses) -> None:
    seen.tell(process, uses.take_changed())


def elsewhere(token: Token, process: str) -> int:
    grant = lookup_for(process)(bytes(token.digest))
    assert grant
    return grant.elsewhere.on(timezone.now().date())


def test_processes_learn_what_the_others_took(token: Token, now: datetime) -> None:
    first, second = Uses(), Uses()
    first.add(str(token.pk), now, entries=2, size=300)
    second.add(str(token.pk), now, entries=1, size=40)
    told("first", first)
    told("second", second)

    assert elsewhere(token, "first") == 40
    assert elsewhere(token, "second") == 300
    assert elsewhere(token, "third") == 340
    assert had_on(now.date()) == {token.pk: 340}


def test_what_is_told_twice_counts_once(token: Token, now: datetime) -> None:
    uses = Uses()
    uses.add(str(token.pk), now, entries=2, size=300)
    changed = uses.take_changed()
    seen.tell("first", changed)
    seen.tell("first", changed)
    uses.add(str(token.pk), now, entries=1, size=5)
    told("first", uses)

    row = TokenDay.objects.get()
    assert (row.entries, row.size) == (3, 305)


def test_yesterday_counts_no_more(token: Token, now: datetime) -> None:
    uses = Uses()
    uses.add(str(token.pk), now - timedelta(days=1), entries=1, size=300)
    told("first", uses)

    assert elsewhere(token, "second") == 0


def test_nobody_asks_for_the_share_of_a_token_without_a_quota(
    token: Token, now: datetime
) -> None:
    tokens.create("free", ["ingest"])
    Token.objects.filter(pk=token.pk).update(bytes_per_day=0)
    uses = Uses()
    uses.add(str(token.pk), now, entries=1, size=300)
    told("first", uses)

    assert elsewhere(token, "second") == 0


def test_it_knows_when_a_token_was_used_last(token: Token, now: datetime) -> None:
    uses = Uses()
    uses.saw(str(token.pk), ALICE, now)
    told("first", uses)
    earlier = Uses()
    earlier.saw(str(token.pk), ALICE, now - timedelta(minutes=1))
    told("second", earlier)

    token.refresh_from_db()
    assert token.last_used == now


def test_it_knows_who_used_a_token(token: Token, now: datetime) -> None:
    uses = Uses()
    uses.saw(str(token.pk), ALICE, now - timedelta(minutes=1))
    told("first", uses)
    uses.saw(str(token.pk), ALICE, now)
    told("first", uses)

    row = token.senders.get()
    assert (row.address, row.agent) == ("192.0.2.7", "Fluent-Bit v4")
    assert (row.first, row.last) == (now - timedelta(minutes=1), now)


def test_only_the_newest_senders_are_kept(token: Token, now: datetime) -> None:
    for process in range(2):
        uses = Uses()
        for n in range(15):
            who = sender(f"192.0.{process}.{n}", "")
            uses.saw(str(token.pk), who, now + timedelta(seconds=process * 60 + n))
        told(str(process), uses)

    kept = set(token.senders.values_list("address", flat=True))
    assert len(kept) == MAX_SENDERS
    assert {f"192.0.1.{n}" for n in range(15)} < kept
    assert "192.0.0.0" not in kept


def test_a_token_that_is_gone_stops_nobody(token: Token, now: datetime) -> None:
    uses = Uses()
    uses.add("999", now, entries=1, size=1)
    uses.add(str(token.pk), now, entries=1, size=1)
    told("first", uses)

    assert TokenDay.objects.get().token == token


def test_days_of_long_ago_are_forgotten(token: Token, now: datetime) -> None:
    uses = Uses()
    uses.add(str(token.pk), now - timedelta(days=40), entries=1, size=1)
    told("first", uses)

    assert not TokenDay.objects.exists()


def test_what_sql_did_not_hear_it_hears_later(
    token: Token, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    uses = Uses()
    uses.saw(str(token.pk), ALICE, now)
    teller = UseTeller(uses, "first")
    with monkeypatch.context() as patch:
        patch.setattr(seen, "tell", _away)
        asyncio.run(teller.tell())
    assert not TokenSender.objects.exists()

    asyncio.run(teller.stop())

    assert TokenSender.objects.exists()


def _away(*_: object) -> None:
    raise OperationalError("no database")
