"""`manage.py dead_letters stopped|allow`: partitions that they brought to a halt.

The other verbs are logsite's: they need its jobs.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ingest.kafka.admin import end_offsets
from ingest.management.deeds import announce
from ingest.management.kafka import explained, table
from ingest.mongo import Document, database
from ingest.stops import allow, stopped_heads


class HaltedCommand(BaseCommand):
    """Lists partitions that too many dead letters stopped, and lets them go on."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_verbs(parser.add_subparsers(dest="verb", required=True))

    def add_verbs(self, verbs: Any) -> None:
        verbs.add_parser("stopped", help="the partitions that stand still, and why")
        go_on = verbs.add_parser("allow", help="let one go on")
        go_on.add_argument("-p", "--partition", type=int, required=True)
        far = go_on.add_mutually_exclusive_group()
        far.add_argument(
            "-n",
            "--count",
            type=int,
            default=settings.DEAD_LETTER_WINDOW,
            help="so many messages count for no limit; DEAD_LETTER_WINDOW if not given",
        )
        far.add_argument(
            "--all", action="store_true", help="all that are on the topic now"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with explained():
            getattr(self, options["verb"])(**options)

    def stopped(self, **_: Any) -> None:
        heads = stopped_heads(database(), settings.LOG_TOPIC)
        head = ("PARTITION", "OFFSET", "SINCE", "WHY")
        self.stdout.write(table([head, *map(row_of, heads)]))

    def allow(self, partition: int, count: int, **options: Any) -> None:
        head = find(partition)
        offset = head["stopped"]["offset"]
        to = end_of(partition) if options["all"] else offset + count
        if not allow(database(), head, to):
            raise CommandError(f"partition {partition} changed meanwhile: look again")
        announce("dead_letter.allow", f"partition {partition}", offset=offset, to=to)
        self.stdout.write(
            f"partition {partition} goes on at offset {offset}; "
            f"dead letters before offset {to} do not stop it"
        )


def find(partition: int) -> Document:
    for head in stopped_heads(database(), settings.LOG_TOPIC):
        if head["partition"] == partition:
            return head
    raise CommandError(f"partition {partition} does not stand still")


def end_of(partition: int) -> int:
    return end_offsets(settings.KAFKA_BROKERS, settings.LOG_TOPIC)[partition]


def row_of(head: Document) -> tuple[object, ...]:
    stopped = head["stopped"]
    since = stopped["since"].isoformat(timespec="seconds")
    return head["partition"], stopped["offset"], since, stopped["reason"]
