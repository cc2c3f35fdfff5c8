"""The client tries again while that can help, and says why it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from ingest.send.client import Answer, Client, NotSent, Rejected
from tests.ingest.send.receiver import Receiver, Scripted

BODY = b'{"message":"a"}\n{"message":"b"}'
ClientOf = Callable[..., Client]
BUSY = Scripted(503, {"error": {"code": "brokers_unavailable", "message": "Later."}})


@pytest.fixture
def client_of() -> Iterator[ClientOf]:
    """Makes clients that are in a hurry, and closes them."""
    with ExitStack() as stack:

        def make(url: str, **options: Any) -> Client:
            client = Client(url, "secret", first_wait_s=0.001, **options)
            stack.callback(client.close)
            return client

        yield make


def test_it_says_how_many_entries_were_accepted(client_of: ClientOf) -> None:
    with Receiver() as receiver:
        answer = client_of(receiver.url).post(BODY, "key-1")

    assert answer == Answer(2)
    assert receiver.requests[0]["Authorization"] == "Bearer secret"
    assert receiver.requests[0]["Idempotency-Key"] == "key-1"


def test_it_packs_large_bodies(client_of: ClientOf) -> None:
    line = b'{"message":"' + b"x" * 2_000 + b'"}'
    with Receiver() as receiver:
        client_of(receiver.url).post(line, "key-1")

    assert receiver.requests[0]["Content-Encoding"] == "gzip"
    assert receiver.messages == ["x" * 2_000]


def test_it_names_the_entries_that_were_rejected(client_of: ClientOf) -> None:
    result = {"index": 1, "status": 400, "code": "no_message", "error": "Empty."}
    content = {"accepted": 1, "rejected": 1, "results": [result]}
    with Receiver(Scripted(202, content)) as receiver:
        answer = client_of(receiver.url).post(BODY, "key-1")

    assert answer == Answer(1, (Rejected(1, "no_message", "Empty."),))


def test_it_takes_a_400_with_results_as_an_answer(client_of: ClientOf) -> None:
    result = {"index": 0, "status": 400, "code": "no_message", "error": "Empty."}
    content = {"accepted": 0, "rejected": 1, "results": [result]}
    with Receiver(Scripted(400, content)) as receiver:
        answer = client_of(receiver.url).post(b'{"message":""}', "key-1")

    assert answer == Answer(0, (Rejected(0, "no_message", "Empty."),))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_it_tries_the_same_request_again_when_the_server_is_busy(
    client_of: ClientOf, status: int
) -> None:
    with Receiver(Scripted(status), Scripted(status)) as receiver:
        answer = client_of(receiver.url).post(BODY, "key-1")

    assert answer == Answer(2)
    assert [r["Idempotency-Key"] for r in receiver.requests] == ["key-1"] * 3


def test_it_waits_at_least_as_long_as_the_server_asks(client_of: ClientOf) -> None:
    busy = Scripted(503, BUSY.body, {"Retry-After": "30"})
    with Receiver(busy) as receiver, pytest.raises(NotSent, match="Later"):
        client_of(receiver.url, patience_s=29.0).post(BODY, "key-1")

    assert len(receiver.requests) == 1


def test_it_tells_why_it_waits(client_of: ClientOf) -> None:
    reasons: list[str] = []
    with Receiver(BUSY) as receiver:
        client_of(receiver.url, on_wait=reasons.append).post(BODY, "key-1")

    assert reasons == ["503 brokers_unavailable: Later."]


def test_it_gives_up_when_nobody_answers(client_of: ClientOf) -> None:
    with Receiver() as receiver:
        url = receiver.url

    with pytest.raises(NotSent, match="does not answer"):
        client_of(url, patience_s=0.05).post(BODY, "key-1")


def test_it_does_not_repeat_what_was_refused(client_of: ClientOf) -> None:
    error = {"code": "unknown_token", "message": "No.", "hint": "Make one."}
    with (
        Receiver(Scripted(401, {"error": error})) as receiver,
        pytest.raises(NotSent, match="401 unknown_token: No. Make one."),
    ):
        client_of(receiver.url).post(BODY, "key-1")

    assert len(receiver.requests) == 1
