"""`manage.py topic list|create|describe|alter|delete`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ingest.kafka import topics
from ingest.kafka.errors import KafkaRefused
from ingest.kafka.shapes import Topic
from ingest.kafka.topics import BROKER_DEFAULT, Wanted
from ingest.kafka.watch.snapshots import take
from ingest.management.asking import asked
from ingest.management.deeds import announce
from ingest.management.kafka import explained, kept_topics, table


def pair(text: str) -> tuple[str, str]:
    """NAME=VALUE of a setting."""
    name, equals, value = text.partition("=")
    if not (name.strip() and equals):
        raise ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name.strip(), value.strip()


class Command(BaseCommand):
    help = "List, create, describe, alter and delete topics of the Kafka cluster."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="all topics")
        describe = verbs.add_parser("describe", help="partitions and settings of one")
        describe.add_argument("name")
        create = verbs.add_parser("create", help="make one")
        create.add_argument("name")
        add_size(create, "of the brokers, if not given")
        create.add_argument("-r", "--replication", type=int, default=BROKER_DEFAULT)
        alter = verbs.add_parser("alter", help="add partitions, change settings")
        alter.add_argument("name")
        add_size(alter, "the new number; there cannot be fewer than now")
        alter.add_argument("--unset", action="append", default=[], metavar="NAME")
        delete = verbs.add_parser("delete", help="delete one, with all its messages")
        delete.add_argument("name")
        delete.add_argument("--yes", action="store_true", help="do not ask")
        for verb in (create, alter, delete):
            verb.add_argument("--dry-run", action="store_true", help="change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        with explained():
            getattr(self, options["verb"])(**options)

    def list(self, **_: Any) -> None:
        found = take(settings.KAFKA_BROKERS, datetime.now(UTC)).topics
        head = ("TOPIC", "PARTITIONS", "REPLICAS", "UNDER-REPLICATED", "MESSAGES")
        self.stdout.write(table([head, *map(row_of, found)]))

    def describe(self, name: str, **_: Any) -> None:
        topic = find(name)
        head = ("PARTITION", "LEADER", "REPLICAS", "IN SYNC", "START", "END")
        rows = [
            (
                one.number,
                one.leader,
                ",".join(map(str, one.replicas)),
                ",".join(map(str, one.in_sync)),
                one.start,
                one.end,
            )
            for one in topic.partitions
        ]
        self.stdout.write(table([head, *rows]))
        found = topics.settings_of(settings.KAFKA_BROKERS, name)
        values = [(one.name, one.value, one.source) for one in found]
        self.stdout.write("\n" + table([("SETTING", "VALUE", "FROM"), *values]))

    def create(self, name: str, *, dry_run: bool, **options: Any) -> None:
        wanted = Wanted(
            name,
            options["partitions"] or BROKER_DEFAULT,
            options["replication"],
            dict(options["set"]),
        )
        topics.create(settings.KAFKA_BROKERS, wanted, dry_run)
        if not dry_run:
            asked = {key: value for key, value in vars(wanted).items() if key != "name"}
            announce("topic.create", name, **asked)
        self.stdout.write(f"{'would create' if dry_run else 'created'} {name}")

    def alter(self, name: str, *, dry_run: bool, **options: Any) -> None:
        changes = {**dict(options["set"]), **dict.fromkeys(options["unset"])}
        if not (changes or options["partitions"]):
            raise CommandError("say --partitions, --set or --unset")
        if changes:
            topics.alter_settings(settings.KAFKA_BROKERS, name, changes, dry_run)
            if not dry_run:
                announce("topic.alter", name, settings=changes)
        if total := options["partitions"]:
            topics.add_partitions(settings.KAFKA_BROKERS, name, total, dry_run)
            if not dry_run:
                announce("topic.alter", name, partitions=total)
        self.stdout.write(f"{'would alter' if dry_run else 'altered'} {name}")

    def delete(self, name: str, *, dry_run: bool, yes: bool, **_: Any) -> None:
        topics.refuse_kept(name, kept_topics())
        topic = find(name)
        self.stdout.write(
            f"{name}: {topic.messages:,} messages in {len(topic.partitions)} partitions"
        )
        if dry_run:
            self.stdout.write(f"would delete {name}")
            return
        if not yes and asked("Type the name to delete it:") != name:
            raise CommandError("That is not its name. Nothing was changed.")
        topics.delete(settings.KAFKA_BROKERS, name, kept_topics())
        announce("topic.delete", name, messages=topic.messages)
        self.stdout.write(f"deleted {name}")


def add_size(parser: ArgumentParser, meaning: str) -> None:
    parser.add_argument("-p", "--partitions", type=int, help=meaning)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=pair,
        metavar="NAME=VALUE",
        help="a setting, as retention.ms=86400000; repeat for more",
    )


def find(name: str) -> Topic:
    topic = take(settings.KAFKA_BROKERS, datetime.now(UTC)).topic(name)
    if topic is None:
        raise KafkaRefused(404, "no_such_topic", f"There is no topic {name}.")
    return topic


def row_of(topic: Topic) -> tuple[object, ...]:
    return (
        topic.name,
        len(topic.partitions),
        topic.replication,
        topic.under_replicated,
        topic.messages,
    )
