"""`manage.py send FILE...|-`: ship files or standard input to logsite."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console

from ingest.management.receiver import add_receiver, receiver_token, receiver_url
from ingest.send.assembly import FORMATS
from ingest.send.run import Order, send


class Command(BaseCommand):
    help = "Send log files, or standard input (-), with retries and without doubles."
    requires_system_checks: list[str] = []  # it may run where no part of logsite is

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="or - for stdin")
        parser.add_argument("--service", help="default: the name of the file")
        parser.add_argument("--format", choices=FORMATS, default="auto")
        parser.add_argument(
            "--timezone",
            type=_zone,
            default="UTC",
            help="of times that name no zone, such as Asia/Seoul",
        )
        parser.add_argument("--follow", action="store_true", help="go on as they grow")
        parser.add_argument("--rate", type=_rate, help="entries per second, at most")
        add_receiver(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        order = Order(
            paths=tuple(options["files"]),
            url=receiver_url(options["url"]),
            token=receiver_token(options["token"]),
            service=options["service"],
            format=options["format"],
            zone=options["timezone"],
            follow=options["follow"],
            rate=options["rate"],
            journal_dir=settings.DATA_DIR / "send",
        )
        report = send(order, Console(stderr=True))
        self.stdout.write(report.summary())
        if not report.complete:
            sys.exit(1)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ArgumentTypeError(f"{name!r} is no time zone; try Europe/Paris") from None


def _rate(text: str) -> float:
    rate = float(text)
    if rate <= 0:
        raise ArgumentTypeError("a rate is more than 0")
    return rate
