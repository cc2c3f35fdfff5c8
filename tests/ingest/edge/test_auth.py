"""Tokens: who is known, for how long, and what happens while nobody can be asked."""

from __future__ import annotations

import asyncio
import hashlib
import threading

import pytest

from ingest.edge import auth
from ingest.edge.auth import Grant, TokenCache, check_scope
from ingest.errors import Forbidden, Refused, Unauthorized, Unavailable

ALICE = Grant("1", "alice", frozenset({"ingest"}), frozenset(), "unknown")


class Site:
    """Knows Alice's token; counts questions; may be away. Its clock is set by hand."""

    def __init__(self) -> None:
        self.known = {hashlib.sha256(b"lgs_alice").digest(): ALICE}
        self.asked = 0
        self.away = False
        self.now = 1_000.0
        self.cache = TokenCache(self.lookup, ttl_s=30, clock=lambda: self.now)

    def lookup(self, digest: bytes) -> Grant | None:
        self.asked += 1
        if self.away:
            raise OSError("database is away")
        return self.known.get(digest)

    async def code_of(self, header: str | None) -> str:
        with pytest.raises(Refused) as caught:
            await self.cache.grant(header)
        return caught.value.code


@pytest.fixture
def site() -> Site:
    return Site()


async def test_it_knows_a_good_token(site: Site) -> None:
    assert await site.cache.grant("Bearer lgs_alice") == ALICE
    assert await site.cache.grant(" bearer  lgs_alice ") == ALICE
    assert site.asked == 1


@pytest.mark.parametrize(
    "header", [None, "", "lgs_alice", "Basic lgs_alice", "Bearer "]
)
async def test_it_asks_for_a_token(site: Site, header: str | None) -> None:
    assert await site.code_of(header) == "missing_token"
    assert site.asked == 0


async def test_it_remembers_that_a_token_is_unknown(site: Site) -> None:
    assert await site.code_of("Bearer lgs_mallory") == "unknown_token"
    assert await site.code_of("Bearer lgs_mallory") == "unknown_token"
    assert site.asked == 1


async def test_it_does_not_look_up_what_is_no_token(site: Site) -> None:
    assert await site.code_of(f"Bearer {'x' * 10_000}") == "unknown_token"
    assert site.asked == 0


async def test_it_notices_within_its_time_that_a_token_was_revoked(site: Site) -> None:
    await site.cache.grant("Bearer lgs_alice")
    site.known.clear()

    site.now += 29
    assert await site.cache.grant("Bearer lgs_alice") == ALICE
    site.now += 1
    assert await site.code_of("Bearer lgs_alice") == "unknown_token"


async def test_it_trusts_a_known_token_while_nobody_can_be_asked(site: Site) -> None:
    await site.cache.grant("Bearer lgs_alice")
    site.away = True

    site.now += 300
    assert await site.cache.grant("Bearer lgs_alice") == ALICE
    site.now += 300
    assert await site.code_of("Bearer lgs_alice") == "tokens_unavailable"


async def test_it_does_not_ask_each_time_while_nobody_answers(site: Site) -> None:
    await site.cache.grant("Bearer lgs_alice")
    site.away = True
    site.now += 60

    for _ in range(10):
        await site.cache.grant("Bearer lgs_alice")

    assert site.asked == 2


async def test_it_does_not_refuse_a_stranger_for_good_while_nobody_answers(
    site: Site,
) -> None:
    site.away = True
    with pytest.raises(Unavailable):
        await site.cache.grant("Bearer lgs_alice")

    site.away = False
    assert await site.cache.grant("Bearer lgs_alice") == ALICE


async def test_it_asks_once_for_many_requests_at_once(site: Site) -> None:
    await asyncio.gather(*(site.cache.grant("Bearer lgs_alice") for _ in range(20)))

    assert site.asked == 1


async def test_it_does_not_wait_for_a_lookup_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(auth, "LOOKUP_S", 0.01)
    hanging = threading.Event()
    cache = TokenCache(lambda _: ALICE if hanging.wait(5) else None)

    with pytest.raises(Unavailable):
        await cache.grant("Bearer lgs_alice")

    hanging.set()


async def test_it_forgets_strangers_before_friends(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "MAX_REMEMBERED", 3)
    await site.cache.grant("Bearer lgs_alice")

    for number in range(10):
        with pytest.raises(Unauthorized):
            await site.cache.grant(f"Bearer lgs_{number}")
    asked = site.asked

    assert await site.cache.grant("Bearer lgs_alice") == ALICE
    assert site.asked == asked


def test_it_says_which_scope_is_missing() -> None:
    with pytest.raises(Forbidden, match="ingest") as caught:
        check_scope(Grant("2", "reader", frozenset({"read"}), frozenset(), "x"))

    assert caught.value.code == "scope_missing"
