"""What the pipeline page calls wrong, in which order, and what it says to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ingest.kafka.watch.holds import Kind
from ingest.query.freshness import Freshness
from ingest.steps.heartbeat import Beat
from logsite.health import Answer, State
from logsite.pipeline.arrived import Refused
from logsite.pipeline.board import Board, PartitionRow, Rates, WorkerRow
from logsite.pipeline.minutes import minute_from, sums_of
from logsite.pipeline.troubles import Hop, Level, Trouble, troubles
from tests.logsite.pipeline.written import NOON, even

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WELL = Board(
    freshness=Freshness(NOW, 0.3, ()),
    silent_s=None,
    reasons=(),
    warnings=(),
    rates=Rates(),
    partitions=(),
    workers=(),
    members=1,
    minutes=(),
    sums=sums_of(()),
    dead_letters=(),
    open_letters=0,
    services=(),
    tokens=(),
    refused=(),
)
BEHIND = PartitionRow(0, 0, 50, 100, 0, (), (), None)
GONE = Answer(State.DOWN, "no broker answers")


def reason(kind: str, **more: Any) -> dict[str, Any]:
    return {"partition": 2, "count": 7, "detail": "", "since": None} | {
        "kind": kind,
        **more,
    }


def only(board: Board, **answers: Answer) -> Trouble:
    (found,) = troubles(board, answers)
    return found


def test_where_all_is_well_nothing_is_said() -> None:
    assert troubles(WELL, {"kafka": Answer(State.OK)}) == []


def test_the_worst_comes_first() -> None:
    warned = replace(
        WELL, warnings=("a clock is odd",), members=0, partitions=(BEHIND,)
    )

    found = troubles(warned, {"valkey": Answer(State.DEGRADED, "slow"), "kafka": GONE})

    assert [one.level for one in found] == sorted(one.level for one in found)
    assert found[0].level is Level.BAD


def test_a_part_that_is_away_says_what_to_do() -> None:
    found = only(WELL, kafka=GONE)

    assert (found.part, found.what) == ("kafka", "no broker answers")
    assert found.hop is Hop.KAFKA
    assert found.step


def test_parts_are_named_although_mongodb_is_away() -> None:
    (found,) = troubles(None, {"mongodb": GONE})

    assert found.part == "mongodb"


def test_a_silent_watch_is_told_once() -> None:
    silent = replace(WELL, silent_s=12.0)

    found = only(silent, watch=GONE)

    assert "12 s" in found.what
    assert found.command == "python manage.py watch"


def test_a_stopped_partition_names_the_command_that_lets_it_go_on() -> None:
    stopped = reason(Kind.STOPPED, detail="too many dead letters")

    found = only(replace(WELL, reasons=(stopped,)))

    assert found.level is Level.BAD
    assert found.command == "python manage.py dead_letters allow -p 2"


def test_every_hold_has_words() -> None:
    late = replace(WELL, freshness=Freshness(NOW, 95.0, ()))
    held = replace(late, reasons=tuple(reason(kind) for kind in Kind))

    found = troubles(held, {})

    assert len(found) == len(Kind)
    assert all(one.what and not one.what.startswith("Unknown") for one in found)


def test_a_hold_that_nobody_knows_yet_is_shown_all_the_same() -> None:
    assert "comet" in only(replace(WELL, reasons=(reason("comet"),))).what


def test_messages_that_wait_for_no_worker_are_bad() -> None:
    found = only(replace(WELL, members=0, partitions=(BEHIND,)))

    assert (found.level, found.command) == (
        Level.BAD,
        "python manage.py consume store",
    )


def test_a_group_without_workers_and_nothing_to_store_is_no_trouble() -> None:
    assert troubles(replace(WELL, members=0), {}) == []


def test_a_worker_that_ended_is_named() -> None:
    ended = WorkerRow("store-2", Beat(3.0, gone=True))

    assert "store-2" in only(replace(WELL, workers=(ended,))).what


def test_what_the_ledger_misses_is_bad() -> None:
    minute = minute_from(even(NOON, missing=5, gaps=((0, 300, 304),)))

    found = only(replace(WELL, sums=sums_of([minute])))

    assert found.level is Level.BAD
    assert "5 offsets" in found.what
    assert "1 gap" in found.what
    assert found.link == "#ledger-title"


def test_what_kafka_deleted_unread_is_bad() -> None:
    sums = sums_of(())
    lost = replace(sums, states={**sums.states, "lost": 3})

    found = only(replace(WELL, sums=lost))

    assert (found.level, found.hop) == (Level.BAD, Hop.KAFKA)
    assert "3 messages" in found.what


def test_dead_letters_that_nobody_has_seen_to_lead_to_their_page() -> None:
    found = only(replace(WELL, open_letters=7))

    assert found.level is Level.LATE
    assert "7 messages" in found.what
    assert found.link == "/pipeline/dead-letters"
    assert found.hop is Hop.DEAD


def refused(
    status: int, code: str, requests: int = 312, token_id: str = "3"
) -> Trouble:
    """What is said of it; token 3 has a name."""
    board = replace(WELL, refused=(Refused(token_id, status, code, requests),))
    (found,) = troubles(board, {}, {"3": "web frontend"})
    return found


def test_a_token_over_its_rate_is_named_with_the_command_that_raises_it() -> None:
    found = refused(429, "rate_limited")

    assert found.what == (
        "Token web frontend was refused 312 times in the last 5 minutes: "
        "429 rate_limited"
    )
    assert (found.level, found.hop) == (Level.LATE, Hop.OFFERED)
    assert found.command == (
        "python manage.py token change 'web frontend' --rate-entries …"
    )


def test_a_quota_is_raised_by_another_command_than_a_rate() -> None:
    assert "--bytes-per-day" in refused(429, "quota_exceeded").command


def test_what_a_sender_will_not_send_again_is_bad() -> None:
    assert refused(413, "body_too_large").level is Level.BAD
    assert refused(503, "kafka_unavailable").level is Level.LATE


def test_strangers_are_no_more_than_a_warning() -> None:
    found = refused(401, "unknown_token", token_id="")

    assert found.level is Level.LATE
    assert found.what.startswith("312 requests without a known token were refused")


def test_a_token_that_was_deleted_is_told_by_its_number() -> None:
    assert refused(400, "bad_json", token_id="77").what.startswith("Token 77 was")


def test_a_few_refused_requests_are_worth_no_word() -> None:
    few = Refused("3", 400, "bad_json", 4)

    assert troubles(replace(WELL, refused=(few,)), {}) == []


def test_only_the_most_frequent_refusals_are_told() -> None:
    many = tuple(Refused(str(n), 429, "rate_limited", 99 - n) for n in range(40))

    found = troubles(replace(WELL, refused=many), {})

    assert [one.what[:7] for one in found] == [f"Token {n}" for n in range(5)]


def test_every_refusal_says_what_to_do() -> None:
    for status in (400, 401, 403, 405, 408, 413, 415, 422, 429, 500, 503):
        assert refused(status, "any_code").step
