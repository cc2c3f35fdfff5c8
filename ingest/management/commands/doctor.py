"""`manage.py doctor`: a canary through every door, and the time of every hop."""

from __future__ import annotations

import secrets
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from django.core.management.base import BaseCommand
from rich.console import Console

from ingest.doctor.canaries import canary
from ingest.doctor.report import as_object, show
from ingest.doctor.visit import Doctor, is_well
from ingest.edge.doors import DOORS
from ingest.management.receiver import (
    add_receiver,
    no_stack_hint,
    receiver_token,
    receiver_url,
)

SERVICE: Final = "logsite-doctor"
WIDTH: Final = 140  # also where the output is no terminal


class Command(BaseCommand):
    help = "Send a canary by each protocol and show when it passed every hop."
    requires_system_checks: list[str] = []  # it may run where no part of logsite is

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = [door.name for door in DOORS]
        parser.add_argument("--protocol", action="append", choices=names)
        parser.add_argument("--service", default=SERVICE, help=f"default: {SERVICE}")
        parser.add_argument("--patience", type=float, default=10.0, metavar="SECONDS")
        parser.add_argument("--json", action="store_true", help="one object")
        add_receiver(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        run, now = secrets.token_hex(6), datetime.now(UTC)
        chosen = options["protocol"] or [door.name for door in DOORS]
        doors = [door for door in DOORS if door.name in chosen]
        sent = (
            canary(door.name, door.paths[0], options["service"], run, now)
            for door in doors
        )
        url, token = receiver_url(options["url"]), receiver_token(options["token"])
        doctor = Doctor(url, token, options["patience"])
        findings = doctor.examine([one for one in sent if one], run)
        ailing = [] if is_well(findings) else doctor.ailing()
        if options["json"]:
            found = msgspec.json.encode(as_object(findings, ailing))
            self.stdout.write(msgspec.json.format(found, indent=2).decode())
        else:
            show(findings, ailing, Console(width=WIDTH))
        if not is_well(findings):
            if hint := no_stack_hint(options["url"]):
                self.stderr.write(hint)
            sys.exit(1)
