"""`manage.py status`: what runs of the embedded stack."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from logsite.embedded.down import nothing_runs
from logsite.embedded.state import Status, status


class Command(BaseCommand):
    help = "Say what runs; the exit code is 0 if all is ready."
    requires_system_checks = ()  # they shall work whatever is configured

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, default=settings.DATA_DIR)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **given: Any) -> None:
        data = given["data"].expanduser().absolute()
        found = status(data)
        said = json.dumps(found) if given["json"] else as_text(found, data)
        self.stdout.write(said)
        sys.exit(0 if found["ready"] else 1)


def as_text(found: Status, data: Path) -> str:
    if not found["processes"]:
        return nothing_runs(data)
    ready = "ready" if found["ready"] else "not ready"
    lines = [f"{found['address']}  {ready}"]
    lines += [f"  {reason}" for reason in found["reasons"]]
    for each in found["processes"]:
        port = each["port"] or ""
        lines.append(f"  {each['name']:<12}{port!s:>6}  {each['state']} {each['pid']}")
    return "\n".join(lines)
