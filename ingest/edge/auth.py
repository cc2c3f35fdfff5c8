"""Who sends: bearer tokens, looked up by their hash and remembered for a while."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ingest.edge.credentials import token_in
from ingest.edge.rates import Rates
from ingest.edge.uses import NOTHING, DayBytes
from ingest.errors import Forbidden, Unauthorized, Unavailable

log = logging.getLogger(__name__)

INGEST: Final = "ingest"  # the scope that the edge asks for
TTL_S: Final = 30.0  # a revoked token works no longer than this
STALE_S: Final = 600.0  # a known token stays good so long while nobody can be asked
LOOKUP_S: Final = 2.0  # a slower answer counts as none
RETRY_S: Final = 5.0  # between two attempts to ask then
MAX_REMEMBERED: Final = 10_000  # tokens, known or not
MAX_TOKEN_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Grant:
    """What the holder of a token may do."""

    token_id: str
    name: str
    scopes: frozenset[str]
    services: frozenset[str]  # that it may write; empty = any
    default_service: str  # of entries that name none
    rates: Rates | None = None  # that hold for this token instead of the site's
    elsewhere: DayBytes = NOTHING  # of its day's quota, had by other processes


@dataclass(slots=True)
class _Remembered:
    grant: Grant | None  # None: nobody knows this token
    asked: float  # when it was last looked up
    ask_again: float


Lookup = Callable[[bytes], Grant | None]


class TokenCache:
    """Grants by token. `lookup` gets sha256(token) and runs in a thread."""

    def __init__(
        self,
        lookup: Lookup,
        ttl_s: float = TTL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lookup = lookup
        self._ttl_s = ttl_s
        self._clock = clock
        self._remembered: dict[bytes, _Remembered] = {}
        self._asking: dict[bytes, asyncio.Task[None]] = {}

    async def grant(self, header: str | None) -> Grant:
        """The grant of an Authorization header; raises what is wrong with it."""
        digest = hashlib.sha256(token_of(header).encode()).digest()
        known = self._remembered.get(digest)
        if known is None or self._clock() >= known.ask_again:
            await self._ask(digest)
            known = self._remembered.get(digest)
        if known is None:
            raise Unavailable(
                "tokens_unavailable", "Tokens cannot be checked now.", "Try again soon."
            )
        return _good(known.grant)

    async def _ask(self, digest: bytes) -> None:
        """Look a token up once, however many requests wait for it."""
        task = self._asking.get(digest)
        if task is None:
            task = asyncio.create_task(self._refresh(digest))
            self._asking[digest] = task
            task.add_done_callback(lambda _: self._asking.pop(digest, None))
        await asyncio.shield(task)

    async def _refresh(self, digest: bytes) -> None:
        try:
            async with asyncio.timeout(LOOKUP_S):
                grant = await asyncio.to_thread(self._lookup, digest)
        except Exception:  # whatever the database says: entries must not wait for it
            log.warning("ingest.tokens.lookup_failed", exc_info=True)
            self._keep_stale(digest)
            return
        now = self._clock()
        if len(self._remembered) >= MAX_REMEMBERED:
            self._forget_oldest()
        self._remembered[digest] = _Remembered(grant, now, now + self._ttl_s)

    def _keep_stale(self, digest: bytes) -> None:
        now = self._clock()
        known = self._remembered.get(digest)
        if known is None:
            return
        if known.grant is None or now >= known.asked + STALE_S:
            del self._remembered[digest]
            return
        known.ask_again = now + RETRY_S

    def _forget_oldest(self) -> None:
        """Strangers first: nobody can push good tokens out with made-up ones."""
        strangers = [d for d, known in self._remembered.items() if known.grant is None]
        for digest in strangers or [next(iter(self._remembered))]:
            del self._remembered[digest]


def token_of(header: str | None) -> str:
    """The token in `Bearer TOKEN` and its like; raises Unauthorized without one."""
    scheme, _, credentials = (header or "").strip().partition(" ")
    token = token_in(scheme.lower(), credentials.strip())
    if not token:
        hint = "Send the header `Authorization: Bearer TOKEN`."
        raise Unauthorized("missing_token", "A token is needed.", hint)
    if len(token) > MAX_TOKEN_LENGTH:
        raise _unknown()
    return token


def check_scope(grant: Grant, scope: str = INGEST) -> None:
    if scope not in grant.scopes:
        message = f"The token {grant.name!r} has no scope {scope!r}."
        raise Forbidden("scope_missing", message, "Make a token with this scope.")


def _good(grant: Grant | None) -> Grant:
    if grant is None:
        raise _unknown()
    return grant


def _unknown() -> Unauthorized:
    return Unauthorized(
        "unknown_token", "This token is not known.", "Was it revoked, or cut off?"
    )
