"""From a request to its answer: the one code behind the bare edge and the API route."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, ParamSpec, TypeVar

from ingest import metrics
from ingest.edge import receipts, respond
from ingest.edge.addresses import Network, client_address
from ingest.edge.auth import Grant, TokenCache, check_scope
from ingest.edge.delivery import Delivered, Delivery
from ingest.edge.doors.door import Door, Request, Taken
from ingest.edge.limits import Receive, Room, held_body
from ingest.edge.rates import NO_LIMITS, Meter
from ingest.edge.respond import Answer
from ingest.edge.tally import Tally
from ingest.edge.uses import sender
from ingest.entry import request_hash, source_of
from ingest.errors import Broken, Refused, Unreadable, WrongMethod
from ingest.failpoints import reach
from ingest.fold.block import to_ms
from ingest.formats.batch import Batch, Rejected
from ingest.kafka.identity import TopicIdentity
from ingest.kafka.producer import REQUEST_HEADER, Message
from ingest.kafka.runs import Run

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)

MAX_KEY_LENGTH: Final = 255  # characters of an Idempotency-Key
INLINE_BYTES: Final = 256 * 1024  # longer bodies are read in a thread


class ClientGone(Exception):
    """The client closed the connection: nobody waits for an answer."""


def any_host(_host: str) -> bool:
    return True


class Intake:
    """Checks, reads, sends and answers, one request at a time."""

    def __init__(
        self,
        delivery: Delivery,
        identity: TopicIdentity,
        tokens: TokenCache,
        secret: bytes,
        is_allowed_host: Callable[[str], bool] = any_host,
        meter: Meter | None = None,
        proxies: Collection[Network] = (),
    ) -> None:
        self._delivery = delivery
        self._identity = identity
        self._tokens = tokens
        self._secret = secret
        self._is_allowed_host = is_allowed_host
        self._meter = meter or Meter(NO_LIMITS)
        self._proxies = proxies
        self._room = Room()
        self.tally = Tally()

    async def answer(self, door: Door, request: Request, receive: Receive) -> Answer:
        """Never raises but ClientGone."""
        began = time.perf_counter()
        grant: Grant | None = None
        try:
            grant = await self._admitted(door, request)
            answer = await self._accept(door, request, receive, grant)
        except ClientGone:
            raise
        except Exception as error:
            answer = self._refuse(door, request, grant, error)
        status = str(answer.status)
        metrics.count("ingest_requests_total", protocol=door.name, status=status)
        metrics.observe("ingest_request_seconds", time.perf_counter() - began)
        return answer

    def _refuse(
        self, door: Door, request: Request, grant: Grant | None, error: Exception
    ) -> Answer:
        """What a sender is told, and who looks at the pipeline."""
        if not isinstance(error, Refused):
            log.error("ingest.request.failed", exc_info=error)
            error = _broken()
        answer = door.refused(error, request)
        token_id = grant.token_id if grant else ""
        self.tally.refused(token_id, answer.status, error.code, datetime.now(UTC))
        return answer

    async def _accept(
        self, door: Door, request: Request, receive: Receive, grant: Grant
    ) -> Answer:
        check_scope(grant)
        self._saw(grant, request)
        if greeting := door.greet(request):
            return greeting
        self._let_in(door, request, grant)
        unpack = door.unpacker(request)
        announced = request.headers.get("content-length")
        async with held_body(receive, announced, self._room) as body:
            if unpack is None:
                return await self._take(door, request, body, grant)
            with self._room.held(await _in_turn(len(body), unpack, body)) as plain:
                return await self._take(door, request, plain, grant)

    async def _take(
        self, door: Door, request: Request, body: bytes, grant: Grant
    ) -> Answer:
        """Everything from the plain body to the receipt."""
        now, service = datetime.now(UTC), grant.default_service
        batch = await _in_turn(len(body), door.read, body, request, service, now)
        batch = only_allowed(batch, grant)
        metrics.count("ingest_body_bytes_total", len(body), protocol=door.name)
        self._meter.charge(grant.token_id, grant.rates, len(batch.entries), len(body))
        if request.debugs:
            return respond.debugged(batch)
        rejected = len(batch.rejected)
        offered = len(batch.entries) + rejected
        self.tally.offered(grant.token_id, offered, rejected, now)
        named = self._name(door, request, grant, batch, body)
        delivered = await self._delivery.send(messages_of(batch, grant.token_id, named))
        self.tally.add(grant.token_id, delivered.runs)
        self._meter.took(grant.token_id, now, len(batch.entries), len(body))
        _count(door, batch, delivered)
        reach("before_ack")
        receipt = await self._receipt(delivered.runs, now)
        return door.accepted(Taken(batch, receipt, delivered.is_local), request)

    async def _admitted(self, door: Door, request: Request) -> Grant:
        """Whose token it is; raises for who is not meant to be answered here."""
        if request.method not in door.methods:
            raise WrongMethod("method_not_allowed", "Entries are sent by POST.")
        if not self._is_allowed_host(request.headers.get("host", "")):
            hint = "ALLOWED_HOSTS lists the names under which this site answers."
            raise Unreadable("unknown_host", "This host name is not served.", hint)
        return await self._tokens.grant(request.headers.get("authorization"))

    def _saw(self, grant: Grant, request: Request) -> None:
        """Remember who uses the token, and from where."""
        forwarded = request.headers.get("x-forwarded-for", "")
        address = client_address(request.peer, forwarded, self._proxies)
        who = sender(address, request.headers.get("user-agent", ""))
        self._meter.uses.saw(grant.token_id, who, datetime.now(UTC))

    def _let_in(self, door: Door, request: Request, grant: Grant) -> None:
        """All that can be said of entries without the body, cheapest first."""
        door.check(request)
        _idempotency_key(request.headers)
        now = datetime.now(UTC)
        self._meter.check(grant.token_id, grant.rates, now, grant.elsewhere)
        if not request.debugs:
            self._delivery.check()

    def _name(
        self, door: Door, request: Request, grant: Grant, batch: Batch, body: bytes
    ) -> bytes | None:
        """What tells this request from every other, if it can be told."""
        key, same = _idempotency_key(request.headers), body
        if not key:
            key, same = door.name, door.identity(batch)
        return request_hash(self._secret, grant.token_id, key, same) if same else None

    async def _receipt(self, runs: list[Run], read_at: datetime) -> str | None:
        if not runs:
            return None
        times = receipts.EdgeTimes(to_ms(read_at), to_ms(datetime.now(UTC)))
        topic_id = await self._identity.current() or receipts.UNKNOWN_TOPIC_ID
        return receipts.encode(topic_id, runs, times, self._secret)


def only_allowed(batch: Batch, grant: Grant) -> Batch:
    """Without the entries of services that the token may not write."""
    if not grant.services:
        return batch
    kept = [n for n, e in enumerate(batch.entries) if e.service in grant.services]
    if len(kept) == len(batch.entries):
        return batch
    refused = [
        Rejected(
            index, "service_not_allowed", f"The token may not write {e.service!r}."
        )
        for index, e in zip(batch.indexes, batch.entries, strict=True)
        if e.service not in grant.services
    ]
    return replace(
        batch,
        entries=[batch.entries[n] for n in kept],
        values=[batch.values[n] for n in kept],
        indexes=[batch.indexes[n] for n in kept],
        rejected=sorted([*batch.rejected, *refused], key=lambda one: one.index),
    )


def messages_of(batch: Batch, token_id: str, named: bytes | None) -> list[Message]:
    """One message per entry; with an Idempotency-Key it says which entry it is."""
    if named is None:
        return [
            (value, source_of(entry, token_id).encode(), None)
            for value, entry in zip(batch.values, batch.entries, strict=True)
        ]
    return [
        (
            value,
            source_of(entry, token_id).encode(),
            {REQUEST_HEADER: named + index.to_bytes(4, "big")},
        )
        for value, entry, index in zip(
            batch.values, batch.entries, batch.indexes, strict=True
        )
    ]


async def _in_turn(
    size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Short work at once; long work in a thread, so that others get their turn."""
    if size <= INLINE_BYTES:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


def _idempotency_key(headers: Mapping[str, str]) -> str:
    key = headers.get("idempotency-key", "").strip()
    if len(key) > MAX_KEY_LENGTH:
        message = f"An Idempotency-Key has at most {MAX_KEY_LENGTH} characters."
        raise Unreadable("bad_idempotency_key", message)
    return key


def _count(door: Door, batch: Batch, delivered: Delivered) -> None:
    accepted = len(batch.entries)
    if delivered.is_local:
        metrics.count("ingest_entries_spooled_total", accepted, protocol=door.name)
    else:
        metrics.count("ingest_entries_accepted_total", accepted, protocol=door.name)
    metrics.count("ingest_entries_mended_total", batch.mended, protocol=door.name)
    for one in batch.rejected:
        metrics.count(
            "ingest_entries_rejected_total", protocol=door.name, code=one.code
        )


def _broken() -> Broken:
    message = "The server failed on this request."
    hint = "Send it again; the server's own log says what happened."
    return Broken("internal_error", message, hint)
