"""`manage.py topic` and `manage.py group` on a real Kafka."""

from __future__ import annotations

import uuid
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from ingest.kafka import groups
from ingest.kafka.admin import metadata_of
from ingest.management.deeds import changed
from ingest.management.kafka import table
from tests.ingest.kafka.test_snapshots import commit, member
from tests.ingest.worker import line, produce

pytestmark = [pytest.mark.parts, pytest.mark.django_db]  # the site writes deeds down


@pytest.fixture(autouse=True)
def brokers(kafka_brokers: str, settings: Settings) -> str:
    settings.KAFKA_BROKERS = kafka_brokers
    return kafka_brokers


@pytest.fixture
def name() -> str:
    return f"orders-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def group(brokers: str, topic: str) -> str:
    """A group that has read two of five messages."""
    name = f"billing-{uuid.uuid4().hex[:8]}"
    produce(brokers, topic, [line(n) for n in range(5)])
    commit(brokers, name, topic, {0: 2, 1: 0, 2: 0})
    return name


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, skip_checks=True)
    return out.getvalue()


def row(output: str, *start: str) -> list[str]:
    rows = [line.split() for line in output.splitlines()]
    (found,) = [cells for cells in rows if cells[: len(start)] == list(start)]
    return found


def committed(brokers: str, group: str, topic: str) -> int:
    (found,), _ = groups.memberships(brokers, [group])
    return found.committed[(topic, 0)]


def test_a_topic_is_created_listed_and_described(name: str) -> None:
    config = ("--set", "retention.ms=60000")
    assert "created" in run("topic", "create", name, "-p", "2", "-r", "1", *config)

    assert row(run("topic", "list"), name) == [name, "2", "1", "0", "0"]
    described = run("topic", "describe", name)
    assert row(described, "1") == ["1", "1", "1", "1", "0", "0"]
    assert row(described, "retention.ms")[1:] == ["60000", "dynamic", "topic"]


def test_a_dry_run_says_what_it_would_and_changes_nothing(
    brokers: str, topic: str, name: str
) -> None:
    assert "would create" in run("topic", "create", name, "--dry-run")
    assert "would alter" in run("topic", "alter", topic, "-p", "9", "--dry-run")
    assert "would delete" in run("topic", "delete", topic, "--dry-run")

    found = metadata_of(brokers).topics
    assert name not in found
    assert len(found[topic].partitions) == 3


def test_a_topic_gets_partitions_and_settings(brokers: str, topic: str) -> None:
    run("topic", "alter", topic, "-p", "4", "--set", "segment.ms=60000")
    assert row(run("topic", "describe", topic), "segment.ms")[1] == "60000"

    run("topic", "alter", topic, "--unset", "segment.ms")

    described = run("topic", "describe", topic)
    assert row(described, "3")
    assert row(described, "segment.ms")[2] == "default"


def test_altering_needs_something_to_alter(topic: str) -> None:
    with pytest.raises(CommandError, match="--partitions, --set or --unset"):
        run("topic", "alter", topic)


def test_deleting_says_what_is_lost(brokers: str, topic: str) -> None:
    produce(brokers, topic, [line(n) for n in range(5)])

    said = run("topic", "delete", topic, "--yes")

    assert f"{topic}: 5 messages in 3 partitions" in said
    assert topic not in metadata_of(brokers).topics


@pytest.mark.parametrize("typed_right", [True, False])
def test_deleting_asks_for_the_name(
    brokers: str, topic: str, typed_right: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = topic if typed_right else "yes"
    monkeypatch.setattr("builtins.input", lambda _: typed)

    if typed_right:
        run("topic", "delete", topic)
    else:
        with pytest.raises(CommandError, match="Nothing was changed"):
            run("topic", "delete", topic)

    assert (topic in metadata_of(brokers).topics) is not typed_right


def test_nothing_is_deleted_where_nobody_can_type(
    brokers: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())

    with pytest.raises(CommandError, match="--yes"):
        run("topic", "delete", topic)

    assert topic in metadata_of(brokers).topics


def test_our_own_topics_are_not_deleted(topic: str, settings: Settings) -> None:
    settings.LOG_TOPIC = topic

    with pytest.raises(CommandError, match="logsite itself uses"):
        run("topic", "delete", topic, "--yes")


def test_what_kafka_refuses_is_one_line_with_a_hint(name: str) -> None:
    with pytest.raises(CommandError, match="more replicas than brokers"):
        run("topic", "create", name, "-r", "3")


def test_a_group_is_listed_and_described_with_its_lag(topic: str, group: str) -> None:
    assert row(run("group", "list"), group) == [group, "empty", "0", "3", topic]

    described = run("group", "describe", group)
    assert row(described, topic, "0")[2:] == ["0", "2", "5", "3", "0", "-"]


def test_a_reset_moves_a_group(brokers: str, topic: str, group: str) -> None:
    said = run("group", "reset", group, "--topic", topic, "--to", "latest")

    assert row(said, "0") == ["0", "2", "5", "3", "0"]
    assert committed(brokers, group, topic) == 5


def test_a_reset_goes_back_by_a_number(brokers: str, topic: str, group: str) -> None:
    run("group", "reset", group, "--topic", topic, "--to", "-1")

    assert committed(brokers, group, topic) == 1


def test_a_reset_goes_to_a_time(brokers: str, topic: str, group: str) -> None:
    run("group", "reset", group, "--topic", topic, "--to", "2026-01-01T00:00:00Z")

    assert committed(brokers, group, topic) == 0


def test_a_dry_reset_moves_nothing(brokers: str, topic: str, group: str) -> None:
    options = ("--topic", topic, "--to", "earliest", "--dry-run")

    said = run("group", "reset", group, *options)

    assert row(said, "0") == ["0", "2", "0", "0", "2"]
    assert committed(brokers, group, topic) == 2


def test_a_group_with_members_is_not_moved(
    brokers: str, topic: str, group: str
) -> None:
    with member(brokers, group, topic), pytest.raises(CommandError, match="1 members"):
        run("group", "reset", group, "--topic", topic, "--to", "latest")


def test_a_misspelled_group_is_not_made(brokers: str, topic: str, name: str) -> None:
    with pytest.raises(CommandError, match="no group"):
        run("group", "reset", name, "--topic", topic, "--to", "latest")

    assert name not in groups.names(brokers)[0]


def test_a_table_puts_numbers_to_the_right() -> None:
    assert table([("NAME", "N"), ("a", 10), ("bc", None)]) == (
        "NAME  N\na     10\nbc    -"
    )


def test_what_is_done_is_announced_and_a_dry_run_is_not(
    brokers: str, topic: str, group: str
) -> None:
    heard: list[tuple[str, str]] = []

    def hear(action: str, target: str, **_: Any) -> None:
        heard.append((action, target))

    changed.connect(hear)
    try:
        reset = ("group", "reset", group, "--topic", topic, "--to", "latest")
        run(*reset, "--dry-run")
        run(*reset)
        run("topic", "alter", topic, "--set", "retention.ms=1000", "--dry-run")
        run("topic", "alter", topic, "--set", "retention.ms=86400000")
    finally:
        changed.disconnect(hear)

    assert heard == [("group.reset", group), ("topic.alter", topic)]
