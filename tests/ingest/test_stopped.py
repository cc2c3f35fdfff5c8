"""A partition with too many dead letters stops, and goes on when it is allowed."""

from __future__ import annotations

import logging
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from ingest.management import halted
from ingest.steps.limits import Limits
from tests.ingest.worker import (
    line,
    produce,
    running_worker,
    stored,
    visible,
    wait_for,
)

LIMITS = Limits(ratio=0.5, window=20, run=0)
FLOOD = [b"not json"] * 60

Site = tuple[str, str, Any, Path]


@pytest.fixture
def site(
    db: None,  # the audit trail
    kafka_brokers: str,
    topic: str,
    mongo: Any,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Site:
    settings.KAFKA_BROKERS, settings.LOG_TOPIC = kafka_brokers, topic
    settings.DEAD_LETTER_WINDOW = LIMITS.window
    monkeypatch.setattr(halted, "database", lambda: mongo)
    return kafka_brokers, topic, mongo, tmp_path


def head(site: Site, partition: int = 0) -> dict[str, Any]:
    found = site[2]["heads"].find_one({"topic": site[1], "partition": partition})
    return found or {}


def dead(site: Site) -> int:
    count: int = site[2]["dead_letters"].count_documents({})
    return count


def flood(site: Site) -> None:
    """Ten good lines, then a sender that has gone mad."""
    produce(site[0], site[1], [line(n) for n in range(10)] + FLOOD + [line(10)])


def run(*words: str) -> str:
    output = StringIO()
    call_command("dead_letters", *words, stdout=output)
    return output.getvalue()


@pytest.mark.parts
def test_it_stops_before_the_dead_letter_that_is_one_too_many(site: Site) -> None:
    flood(site)

    with running_worker(*site, limits=LIMITS):
        wait_for(lambda: "stopped" in head(site))

    stopped = head(site)["stopped"]
    assert stopped["offset"] == 20
    assert stopped["reason"] == "11 dead letters among 20 messages, more than 50%"
    assert (visible(site[2]), dead(site), head(site)["last"]) == (20, 10, 19)


@pytest.mark.parts
def test_other_partitions_go_on(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    flood(site)

    with running_worker(*site, limits=LIMITS):
        wait_for(lambda: "stopped" in head(site))
        produce(site[0], site[1], [line(n) for n in range(500)], partition=1)
        wait_for(lambda: visible(site[2]) == 520)

    told = [each for each in caplog.records if each.msg == "store.partition.stopped"]
    assert [each.levelno for each in told] == [logging.ERROR]


@pytest.mark.parts
def test_it_still_stands_after_a_restart_of_the_worker(site: Site) -> None:
    flood(site)
    with running_worker(*site, limits=LIMITS):
        wait_for(lambda: "stopped" in head(site))

    with running_worker(*site, limits=LIMITS):
        produce(site[0], site[1], [line(1)], partition=1)
        wait_for(lambda: visible(site[2]) == 21)
        produce(site[0], site[1], [line(2)], partition=1)
        wait_for(lambda: visible(site[2]) == 22)

    assert (head(site)["last"], dead(site)) == (19, 10)


@pytest.mark.parts
def test_it_goes_on_when_somebody_allows_it(site: Site) -> None:
    flood(site)
    with running_worker(*site, limits=LIMITS):
        wait_for(lambda: "stopped" in head(site))

        assert "partition 0 goes on at offset 20" in run("allow", "-p0", "--all")
        wait_for(lambda: visible(site[2]) == 71)

    assert (dead(site), len(stored(site[2]))) == (60, 11)
    assert "stopped" not in head(site)


@pytest.mark.parts
def test_it_stops_again_if_the_flood_goes_on_beyond_what_was_allowed(
    site: Site,
) -> None:
    flood(site)
    with running_worker(*site, limits=LIMITS):
        wait_for(lambda: "stopped" in head(site))
        run("allow", "-p0", "--count", "15")
        wait_for(lambda: head(site).get("stopped", {}).get("offset") == 35)

    assert (visible(site[2]), dead(site)) == (35, 25)


@pytest.mark.parts
def test_the_command_lists_what_stands_still(site: Site) -> None:
    flood(site)
    with running_worker(*site, limits=LIMITS):
        wait_for(lambda: "stopped" in head(site))

    _, row = run("stopped").splitlines()
    assert row.split()[:2] == ["0", "20"]
    assert row.endswith("11 dead letters among 20 messages, more than 50%")


@pytest.mark.parts
def test_the_command_says_that_a_partition_does_not_stand_still(site: Site) -> None:
    with pytest.raises(CommandError, match="partition 2 does not stand still"):
        run("allow", "-p2")
