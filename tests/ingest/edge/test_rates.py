"""How much a token may send, with the time passed in."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge.rates import NO_LIMITS, Bucket, Meter, Rates, owed, refilled
from ingest.edge.uses import NOTHING, DayBytes
from ingest.errors import TooMany


class Clocked(Meter):
    """A meter whose time a test sets."""

    def __init__(self, site: Rates) -> None:
        self.now = 1_000.0
        self.utc = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.elsewhere = NOTHING
        super().__init__(site, clock=lambda: self.now)

    def retry_after(self, token: str, own: Rates | None = None) -> int | None:
        try:
            self.check(token, own, self.utc, self.elsewhere)
        except TooMany as error:
            return error.retry_after_s
        return 0


def test_a_new_bucket_holds_one_second() -> None:
    assert refilled(None, 10, now=5.0) == Bucket(10.0, 5.0)


def test_a_bucket_never_holds_more_than_one_second() -> None:
    assert refilled(Bucket(3.0, 5.0), 10, now=99.0) == Bucket(10.0, 99.0)


def test_a_debt_is_paid_off_at_the_rate() -> None:
    assert owed(Bucket(-25.0, 5.0), 10, now=5.0) == 25.0
    assert owed(Bucket(-25.0, 5.0), 10, now=6.0) == 15.0
    assert owed(Bucket(-25.0, 5.0), 10, now=7.5) == 0.0


def test_no_rate_means_no_debt() -> None:
    assert owed(Bucket(-25.0, 5.0), 0, now=5.0) == 0.0


def test_it_names_the_rate_and_what_was_sent_beyond_it() -> None:
    meter = Clocked(Rates(10, 0))
    meter.charge("alice", None, entries=1_060, size=1)

    with pytest.raises(TooMany, match="may send 10 entries a second.*1,050 more"):
        meter.check("alice", None, meter.utc)


def test_it_lets_a_request_in_that_is_larger_than_the_rate() -> None:
    meter = Clocked(Rates(10, 0))

    assert meter.retry_after("alice") == 0
    meter.charge("alice", None, entries=60, size=1)

    assert meter.retry_after("alice") == 5
    meter.now += 5
    assert meter.retry_after("alice") == 0


def test_bytes_are_limited_too() -> None:
    meter = Clocked(Rates(0, 1_000))

    meter.charge("alice", None, entries=1, size=3_500)

    assert meter.retry_after("alice") == 3


def test_other_tokens_notice_nothing() -> None:
    meter = Clocked(Rates(10, 1_000))

    meter.charge("alice", None, entries=1_000, size=10_000)

    assert meter.retry_after("bob") == 0


def test_a_token_may_have_rates_of_its_own() -> None:
    meter = Clocked(Rates(10, 10))
    own = Rates(100, 0)

    meter.charge("alice", own, entries=300, size=10_000)

    assert meter.retry_after("alice", own) == 2


def test_a_token_without_rates_of_its_own_has_the_site_s() -> None:
    meter = Clocked(Rates(10, 0))

    meter.charge("alice", Rates(None, None), entries=30, size=1)

    assert meter.retry_after("alice", Rates(None, None)) == 2


def test_without_limits_nothing_is_remembered() -> None:
    meter = Clocked(NO_LIMITS)

    meter.charge("alice", None, entries=10**9, size=10**12)

    assert meter.retry_after("alice") == 0


@given(st.integers(0, 2**32), st.integers(1, 1_000))
def test_over_time_a_token_sends_its_rate_and_one_request_more(
    seed: int, rate: int
) -> None:
    dice = random.Random(seed)
    meter, sent, largest = Clocked(Rates(rate, 0)), 0, 500
    for _ in range(200):
        meter.now += dice.expovariate(10)
        if meter.retry_after("alice") == 0:
            entries = dice.randint(1, largest)
            meter.charge("alice", None, entries, 1)
            sent += entries

    assert sent <= rate * (meter.now - 1_000 + 1) + largest


def test_it_remembers_so_many_tokens_and_forgets_the_quietest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.edge.rates.MAX_BUCKETS", 2)
    meter = Clocked(Rates(10, 0))

    for name in ("alice", "bob", "alice", "charlie"):
        meter.charge(name, None, entries=50, size=1)

    assert meter.retry_after("bob") == 0
    assert meter.retry_after("alice") == 9


QUOTA = Rates(bytes_per_day=1_000)


def test_a_day_is_over_for_a_token_that_has_had_its_bytes() -> None:
    meter = Clocked(NO_LIMITS)

    meter.took("alice", meter.utc, entries=1, size=999)
    assert meter.retry_after("alice", QUOTA) == 0
    meter.took("alice", meter.utc, entries=1, size=1)

    assert meter.retry_after("alice", QUOTA) == 3600
    assert meter.retry_after("bob", QUOTA) == 0


def test_what_was_refused_costs_nothing_of_the_day() -> None:
    meter = Clocked(NO_LIMITS)

    meter.took("alice", meter.utc, entries=0, size=5_000)

    assert meter.retry_after("alice", QUOTA) == 0


def test_the_answer_names_the_quota_its_use_and_when_it_begins_anew() -> None:
    meter = Clocked(QUOTA)
    meter.took("alice", meter.utc, entries=1, size=1_500)

    with pytest.raises(TooMany) as refused:
        meter.check("alice", None, meter.utc)

    assert refused.value.code == "quota_exceeded"
    assert "1,000 bytes on a UTC day and has sent 1,500" in refused.value.message
    assert "2026-03-02T00:00Z" in refused.value.hint


def test_a_quota_begins_anew_at_midnight_utc() -> None:
    meter = Clocked(QUOTA)
    meter.utc = datetime(2026, 3, 1, 23, 59, 30, tzinfo=UTC)
    meter.took("alice", meter.utc, entries=1, size=1_500)
    assert meter.retry_after("alice") == 30

    meter.utc = datetime(2026, 3, 2, tzinfo=UTC)

    assert meter.retry_after("alice") == 0


def test_what_other_processes_took_counts_as_well() -> None:
    meter = Clocked(QUOTA)
    meter.took("alice", meter.utc, entries=1, size=400)

    meter.elsewhere = DayBytes(date(2026, 3, 1), 600)
    assert meter.retry_after("alice") == 3600
    meter.elsewhere = DayBytes(date(2026, 2, 28), 600)
    assert meter.retry_after("alice") == 0


def test_a_quota_of_0_is_none_whatever_the_site_says() -> None:
    meter = Clocked(QUOTA)
    meter.took("alice", meter.utc, entries=1, size=5_000)

    assert meter.retry_after("alice", Rates(bytes_per_day=0)) == 0
    assert meter.retry_after("alice", Rates()) == 3600
