"""Kafka and tokens as the edge sees them, without either; and one way to post."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_network
from typing import Any

from ingest.edge.app import EdgeApp
from ingest.edge.auth import Grant, TokenCache
from ingest.edge.delivery import Delivery
from ingest.edge.intake import Intake, any_host
from ingest.edge.rates import NO_LIMITS, Meter, Rates
from ingest.edge.uses import Uses
from ingest.kafka.identity import TopicIdentity
from ingest.kafka.producer import EntryProducer, Message, unavailable
from ingest.kafka.runs import Run

ALICE = Grant("1", "alice", frozenset({"ingest"}), frozenset(), "unknown")
BOB = Grant("2", "bob", frozenset({"ingest"}), frozenset({"billing"}), "billing")
CHARLIE = Grant("3", "charlie", frozenset({"read"}), frozenset(), "unknown")
SECRET = b"only for tests"
CAST = {"alice": ALICE, "bob": BOB, "charlie": CHARLIE}


def tokens() -> TokenCache:
    """Alice sends anything, Bob only for billing, Charlie must not send."""
    by_digest = {_digest(name): grant for name, grant in CAST.items()}
    return TokenCache(by_digest.get)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


class FakeProducer(EntryProducer):
    """Keeps what is sent; may be told that brokers are away."""

    def __init__(self) -> None:
        super().__init__("nowhere:1", "logs")
        self.sent: list[Message] = []
        self.away = False
        self.asked = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, messages: Sequence[Message]) -> list[Run]:
        self.asked += 1
        if self.away:
            raise unavailable("Local: Message timed out")
        first = len(self.sent)
        self.sent.extend(messages)
        return [Run(0, first, len(messages), 1_772_366_400_000)]

    @property
    def values(self) -> list[dict[str, Any]]:
        return [json.loads(value) for value, _, _ in self.sent]


class FakeIdentity(TopicIdentity):
    """A topic whose id is known."""

    def __init__(self) -> None:
        super().__init__("nowhere:1", "logs")

    async def current(self) -> bytes:
        return bytes(range(16))


class FakeEdge(EdgeApp):
    """An edge whose producer is played."""

    def __init__(
        self,
        is_allowed_host: Callable[[str], bool] = any_host,
        rates: Rates = NO_LIMITS,
    ) -> None:
        super().__init__("nowhere:1", "logs", tokens(), SECRET)
        self.kafka = FakeProducer()
        self.now = 1_000.0
        self.delivery = Delivery(self.kafka, clock=lambda: self.now)
        self.uses = Uses()
        self.revoked: set[str] = set()
        cache = TokenCache(self._lookup, clock=lambda: self.now)
        self.intake = Intake(
            *(self.delivery, FakeIdentity(), cache, SECRET, is_allowed_host),
            meter=Meter(rates, self.uses, clock=lambda: self.now),
            proxies=[ip_network("10.0.0.0/8")],
        )

    def _lookup(self, digest: bytes) -> Grant | None:
        known = {_digest(name): CAST[name] for name in CAST.keys() - self.revoked}
        return known.get(digest)


@dataclass(frozen=True)
class Reply:
    """What came back over ASGI."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.body)
        return answer

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


async def post(
    app: Any,
    body: bytes | Sequence[bytes],
    headers: Mapping[str, str] | None = None,
    token: str | None = "alice",
    method: str = "POST",
    path: str = "/api/logs",
) -> Reply:
    """Send one request to an ASGI app, in one part or in several."""
    parts = [body] if isinstance(body, bytes) else list(body)
    sent: list[dict[str, Any]] = []
    named = {"host": "localhost"} | dict(headers or {})
    if token is not None:
        named.setdefault("authorization", f"Bearer {token}")

    async def receive() -> dict[str, Any]:
        if not parts:
            await asyncio.Event().wait()
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope_of(named, method, path), receive, send)
    start = sent[0]
    return Reply(
        int(start["status"]),
        {k.decode().lower(): v.decode() for k, v in start["headers"]},
        b"".join(message.get("body", b"") for message in sent[1:]),
    )


def scope_of(
    headers: Mapping[str, str], method: str = "POST", target: str = "/api/logs"
) -> dict[str, Any]:
    """What an ASGI server says of a request."""
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8_000),
        "headers": [
            (name.lower().encode(), value.encode("latin-1"))
            for name, value in headers.items()
        ],
    }
