"""What a process remembers of the use of tokens, until it was told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ingest.edge.uses import MAX_AGENT, MAX_SENDERS, DayBytes, Uses, sender

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = NOON.date()
ALICE = sender("192.0.2.7", "Fluent-Bit v4")


def test_bytes_add_up_over_a_day() -> None:
    uses = Uses()

    uses.add("1", NOON, entries=2, size=100)
    uses.add("1", NOON + timedelta(hours=2), entries=3, size=50)
    uses.add("2", NOON, entries=1, size=7)

    assert uses.size_on("1", DAY) == 150
    assert uses.size_on("2", DAY) == 7
    assert uses.size_on("1", DAY + timedelta(days=1)) == 0


def test_a_new_day_begins_at_midnight_utc() -> None:
    uses = Uses()
    uses.add("1", datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC), entries=1, size=100)
    uses.add("1", datetime(2026, 3, 2, tzinfo=UTC), entries=1, size=7)

    assert uses.size_on("1", date(2026, 3, 1)) == 100
    assert uses.size_on("1", date(2026, 3, 2)) == 7


def test_sums_are_told_when_they_have_changed() -> None:
    uses = Uses()
    uses.add("1", NOON, entries=2, size=100)
    uses.take_changed()
    assert uses.take_changed() == {}

    uses.add("1", NOON, entries=1, size=10)

    told = uses.take_changed()["1", DAY]
    assert (told.entries, told.size) == (3, 110)


def test_what_could_not_be_told_comes_again() -> None:
    uses = Uses()
    uses.add("1", NOON, entries=2, size=100)

    uses.put_back(uses.take_changed())

    assert uses.take_changed()["1", DAY].size == 100


def test_what_is_told_does_not_change_any_more() -> None:
    uses = Uses()
    uses.saw("1", ALICE, NOON)
    told = uses.take_changed()["1", DAY]

    uses.saw("1", sender("192.0.2.8", ""), NOON)
    uses.add("1", NOON, entries=1, size=1)

    assert list(told.senders) == [ALICE]
    assert told.size == 0


def test_days_that_are_over_and_told_are_forgotten() -> None:
    uses = Uses()
    uses.add("1", NOON, entries=1, size=100)
    uses.take_changed()
    uses.add("1", NOON + timedelta(days=1), entries=1, size=7)
    uses.take_changed()

    assert uses.size_on("1", DAY) == 0
    assert uses.size_on("1", DAY + timedelta(days=1)) == 7


def test_a_day_that_nobody_could_be_told_of_is_kept() -> None:
    uses = Uses()
    uses.add("1", NOON, entries=1, size=100)
    untold = uses.take_changed()
    uses.put_back(untold)
    uses.add("1", NOON + timedelta(days=1), entries=1, size=7)

    assert len(uses.take_changed()) == 2


def test_the_newest_senders_are_remembered() -> None:
    uses = Uses()
    for number in range(MAX_SENDERS + 5):
        uses.saw("1", sender(f"192.0.2.{number}", ""), NOON)
        uses.saw("1", ALICE, NOON)

    senders = uses.take_changed()["1", DAY].senders

    assert len(senders) == MAX_SENDERS
    assert ALICE in senders
    assert sender("192.0.2.0", "") not in senders


def test_an_agent_is_cut_and_holds_nothing_that_cannot_be_shown() -> None:
    assert sender("", "a\x1b[31m\nb").agent == "a\ufffd[31m\ufffdb"
    assert len(sender("", "x" * 5_000).agent) == MAX_AGENT


def test_what_others_had_counts_for_its_day_only() -> None:
    others = DayBytes(DAY, 100)

    assert others.on(DAY) == 100
    assert others.on(DAY + timedelta(days=1)) == 0
