"""Three services that are busy, quiet and in trouble at their own times."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from ingest.entry import ERROR_LEVELS, LEVELS, LogEntry
from ingest.simulate.rhythm import burst_factor, day_load, episode_at
from ingest.simulate.traffic import SERVICES, Traffic, named

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def some_entries(count: int = 3_000, seed: int = 1) -> list[LogEntry]:
    return Traffic(named("api,auth,payment"), seed).entries(count, NOON, NOON + SECOND)


# Two hours, looked at every five seconds.
TWO_HOURS = [NOON + timedelta(seconds=n) for n in range(0, 7_200, 5)]


def test_it_says_the_same_again_for_the_same_seed_and_time() -> None:
    assert some_entries() == some_entries()
    assert some_entries(seed=2) != some_entries(seed=1)


def test_a_troubled_service_fails_often_at_any_time() -> None:
    entries = Traffic(named("api,payment"), 1, troubled=True).entries(
        3_000, NOON, NOON + SECOND
    )

    for service in ("api-service", "payment-service"):
        levels = [entry.level for entry in entries if entry.service == service]
        assert sum(level in ERROR_LEVELS for level in levels) > 0.2 * len(levels)


def test_it_spreads_the_entries_over_the_time_in_order() -> None:
    times = [entry.timestamp for entry in some_entries(100)]

    assert times == sorted(times)
    assert times[0] == NOON
    assert times[-1] < NOON + SECOND


def test_it_lets_every_service_speak_with_its_own_words() -> None:
    entries = some_entries()

    first_words = {name: set[str]() for name in SERVICES}
    for entry in entries:
        first_words[entry.service].add(entry.message.split()[0])
    assert all(first_words.values())
    assert not first_words["api-service"] & first_words["payment-service"]
    assert not first_words["auth-service"] & first_words["payment-service"]


def test_it_uses_known_levels_and_tells_host_and_request() -> None:
    for entry in some_entries():
        assert entry.level in LEVELS
        assert entry.metadata["host"].startswith(entry.service.split("-")[0])
        assert len(entry.metadata["request_id"]) == 16


def test_it_shares_requests_between_services() -> None:
    services: dict[str, set[str]] = {}
    for entry in some_entries():
        services.setdefault(entry.metadata["request_id"], set()).add(entry.service)

    assert any(len(names) == 3 for names in services.values())


@pytest.mark.parametrize("name", SERVICES)
def test_it_has_more_errors_in_an_episode(name: str) -> None:
    service = SERVICES[name]
    random = Random(1)

    for episode in service.episodes:
        calm = [service.entry(random, NOON, None) for _ in range(2_000)]
        bad = [service.entry(random, NOON, episode) for _ in range(2_000)]
        assert troubles(bad) > 5 * troubles(calm) > 0


def troubles(entries: list[LogEntry]) -> int:
    levels = Counter(entry.level for entry in entries)
    return sum(levels[level] for level in ("WARN", *ERROR_LEVELS))


def test_it_is_busiest_at_the_peak_hour() -> None:
    loads = {hour: day_load(NOON.replace(hour=hour), 15) for hour in range(24)}

    assert max(loads, key=loads.__getitem__) == 15
    assert loads[15] == 1
    assert loads[3] == pytest.approx(0.3)


def test_it_bursts_for_some_seconds_only() -> None:
    factors = [burst_factor(1, "api-service", at) for at in TWO_HOURS]

    bursts = sum(factor > 1 for factor in factors)
    assert 0 < bursts < len(factors) / 5


def test_it_has_episodes_of_every_kind_and_calm_between() -> None:
    kinds = Counter(
        episode_at(1, "api-service", at, ("database", "upstream")) for at in TWO_HOURS
    )

    assert set(kinds) == {None, "database", "upstream"}
    assert kinds[None] > len(TWO_HOURS) / 2


def test_it_knows_services_by_their_short_names() -> None:
    assert [service.name for service in named("auth, payment-service")] == [
        "auth-service",
        "payment-service",
    ]
    with pytest.raises(KeyError):
        named("shop")
