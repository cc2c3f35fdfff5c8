"""`manage.py down`: stop the embedded stack in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from logsite.embedded.down import STOP_S, down, nothing_runs


class Command(BaseCommand):
    help = "Stop the stack that runs on the data folder."
    requires_system_checks = ()  # they shall work whatever is configured

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, default=settings.DATA_DIR)

    def handle(self, *args: Any, **given: Any) -> None:
        data = given["data"].expanduser().absolute()
        try:
            stopped = down(data)
        except TimeoutError as error:
            raise CommandError(f"Still not stopped after {STOP_S:.0f} s.") from error
        self.stdout.write("Stopped." if stopped else nothing_runs(data))
