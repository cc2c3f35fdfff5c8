"""`manage.py group list|describe|reset`."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ingest.kafka.errors import KafkaRefused
from ingest.kafka.resets import TARGETS, read_target, reset
from ingest.kafka.watch.snapshots import take
from ingest.management.deeds import announce
from ingest.management.kafka import explained, table


class Command(BaseCommand):
    help = "List, describe and reset consumer groups of the Kafka cluster."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="all groups with their lag")
        describe = verbs.add_parser("describe", help="lag of one in every partition")
        describe.add_argument("group")
        moved = verbs.add_parser("reset", help="set the offsets of one elsewhere")
        moved.add_argument("group")
        moved.add_argument("--topic", required=True)
        moved.add_argument("--to", required=True, help=TARGETS)
        moved.add_argument("--dry-run", action="store_true", help="change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        with explained():
            getattr(self, options["verb"])(**options)

    def list(self, **_: Any) -> None:
        found = take(settings.KAFKA_BROKERS, datetime.now(UTC)).groups
        rows = [
            (one.name, one.state, one.members, one.lag, ",".join(one.topics))
            for one in found
        ]
        head = ("GROUP", "STATE", "MEMBERS", "LAG", "TOPICS")
        self.stdout.write(table([head, *rows]))

    def describe(self, group: str, **_: Any) -> None:
        found = take(settings.KAFKA_BROKERS, datetime.now(UTC)).group(group)
        if found is None:
            raise KafkaRefused(404, "no_such_group", f"There is no group {group}.")
        rows = [
            (
                one.topic,
                one.partition,
                one.start,
                one.committed,
                one.end,
                one.lag,
                one.lost,
                one.member or None,
            )
            for one in found.readings
        ]
        head = ("TOPIC", "PARTITION", "START", "COMMITTED", "END", "LAG", "LOST")
        self.stdout.write(f"{found.name}: {found.state}, {found.members} members\n")
        self.stdout.write(table([(*head, "MEMBER"), *rows]))

    def reset(self, group: str, topic: str, to: str, dry_run: bool, **_: Any) -> None:
        target = read_target(to)
        planned = reset(settings.KAFKA_BROKERS, group, topic, target, dry_run)
        if not dry_run:
            offsets = {str(one.partition): one.after for one in planned}
            announce("group.reset", group, topic=topic, offsets=offsets)
        rows = [
            (one.partition, one.before, one.after, one.skipped, one.repeated)
            for one in planned
        ]
        head = ("PARTITION", "BEFORE", "AFTER", "SKIPPED", "REPEATED")
        self.stdout.write(table([head, *rows]))
        self.stdout.write(f"{'would reset' if dry_run else 'reset'} {group} in {topic}")
