"""The simulation sends at its rate and says what it really reached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ingest.send.client import Client
from ingest.simulate.run import Reached, simulate
from ingest.simulate.traffic import Traffic, named
from tests.ingest.send.receiver import Receiver, Scripted


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def client(receiver: Receiver) -> Iterator[Client]:
    client = Client(receiver.url, "secret", patience_s=5, first_wait_s=0.001)
    yield client
    client.close()


def run(client: Client, rate: float) -> Reached:
    return simulate(Traffic(named("api,auth"), 1), client, rate, seconds=0.5)


def test_it_sends_what_it_says_it_sent(receiver: Receiver, client: Client) -> None:
    reached = run(client, rate=200)

    assert reached.accepted == len(receiver.entries) > 0
    assert reached.rate == reached.accepted / reached.seconds
    assert reached.accepted <= 200 * reached.seconds
    assert f"{reached.accepted:,} entries" in str(reached)


def test_it_does_not_tell_the_end_as_if_it_went_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.simulate.run._TELL_EVERY_S", 0.0)
    told: list[str] = []

    reached = simulate(
        Traffic(named("api"), 1), client, 200, 0.3, lambda now: told.append(str(now))
    )

    assert told
    assert str(reached) not in told


def test_it_sends_other_keys_for_every_request(
    receiver: Receiver, client: Client
) -> None:
    run(client, rate=200)

    assert len(set(receiver.keys)) == len(receiver.requests)


def test_it_goes_on_after_the_receiver_was_away(
    receiver: Receiver, client: Client
) -> None:
    receiver.script += [Scripted(503), Scripted(502)]

    reached = run(client, rate=200)

    assert reached.accepted == len(receiver.entries) > 0


def test_it_counts_what_was_rejected(receiver: Receiver, client: Client) -> None:
    result = {"index": 0, "code": "service_not_allowed", "error": "No."}
    receiver.script.append(
        Scripted(202, {"accepted": 3, "rejected": 1, "results": [result]})
    )

    reached = run(client, rate=50)

    assert reached.rejected == 1
    assert "1 rejected" in str(reached)
