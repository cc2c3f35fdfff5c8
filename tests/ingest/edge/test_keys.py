"""From an Idempotency-Key to stored once: the edge's names in a partition's fold."""

from __future__ import annotations

import pytest

from ingest.entry import request_hash
from ingest.fold.duplicates import KEY_HOLDS_MS
from ingest.fold.state import Message, PartitionFold
from tests.ingest.edge.senders import SECRET, FakeEdge, post
from tests.ingest.edge.test_app import LINE
from tests.ingest.fold.log import LANE, START_MS, MemoryStore, make_message

MINUTE_MS = 60_000
KEY = {"idempotency-key": "nightly"}


async def sent(*bodies: bytes, token: str = "alice") -> list[bytes]:
    """The names under which the entries of these requests reach Kafka."""
    edge = FakeEdge()  # each time another web process
    for body in bodies:
        await post(edge, body, KEY, token=token)
    names = [(headers or {}).get("request") for _, _, headers in edge.kafka.sent]
    return [name for name in names if isinstance(name, bytes)]


def fold_twice(
    first: list[bytes], second: list[bytes], later_ms: int, *, restarted: bool = False
) -> MemoryStore:
    """Both attempts on one partition, the second so much later."""
    store = MemoryStore()
    fold = PartitionFold(LANE, 0)
    fold.fold(appended(first, 0, START_MS))
    store.apply(fold.take_writes())
    if restarted:
        fold = store.reopen(0)
    fold.fold(appended(second, len(first), START_MS + later_ms))
    store.apply(fold.take_writes())
    return store


def appended(names: list[bytes], offset: int, at_ms: int) -> list[Message]:
    return [
        make_message(offset + n, at_ms, request=name) for n, name in enumerate(names)
    ]


def stored(store: MemoryStore) -> int:
    return sum(len(day) for day in store.entries.values())


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_retry_over_midnight_is_stored_once(restarted: bool) -> None:
    first, second = await sent(LINE + b"\n" + LINE), await sent(LINE + b"\n" + LINE)

    store = fold_twice(first, second, 5 * MINUTE_MS, restarted=restarted)

    days = {block["day"] for block in store.blocks.values()}
    assert days == {"20260301", "20260302"}
    assert stored(store) == 2


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_key_holds_for_an_hour_and_no_longer(restarted: bool) -> None:
    first, second = await sent(LINE), await sent(LINE)

    within = fold_twice(first, second, KEY_HOLDS_MS, restarted=restarted)
    after = fold_twice(first, second, KEY_HOLDS_MS + 1, restarted=restarted)

    assert (stored(within), stored(after)) == (1, 2)


async def test_the_same_key_with_another_body_is_another_request() -> None:
    first, second = await sent(LINE), await sent(LINE + b"\n" + LINE)

    assert stored(fold_twice(first, second, MINUTE_MS)) == 3


async def test_the_same_key_of_another_token_is_another_request() -> None:
    first, second = await sent(LINE), await sent(LINE, token="bob")

    assert stored(fold_twice(first, second, MINUTE_MS)) == 2


async def test_names_cannot_be_made_up_without_the_secret() -> None:
    (name,) = await sent(LINE)

    assert name == request_hash(SECRET, "1", "nightly", LINE) + bytes(4)
    assert name != request_hash(b"another secret", "1", "nightly", LINE) + bytes(4)
