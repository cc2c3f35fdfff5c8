"""`manage.py prepare`: make a deployment ready for its processes; safe to repeat."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from ingest.errors import Busy
from logsite import keys, prepare


class Command(BaseCommand):
    help = "Migrate SQL, make the topic, the collections and the first admin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--wait", type=float, default=0.0, help="seconds to wait for the parts"
        )
        parser.add_argument(
            "--files", action="store_true", help="only what an image holds; no parts"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["files"]:
            keys.keep()
        prepare.prepare_files()
        if not options["files"]:
            self.prepare_parts(time.monotonic() + options["wait"])
        self.stdout.write("Prepared.")

    def prepare_parts(self, deadline: float) -> None:
        try:
            prepare.wait_for("sql", prepare.prepare_sql, deadline)
            prepare.wait_for("stores", prepare_stores, deadline)
        except (Busy, OperationalError) as error:
            raise CommandError(str(error)) from error
        if settings.ADMIN_PASSWORD and prepare.ensure_admin(settings.ADMIN_PASSWORD):
            self.stdout.write(f"The first admin is called {prepare.ADMIN}.")


def prepare_stores() -> None:
    prepare.prepare_stores(
        settings.KAFKA_BROKERS, settings.MONGO_URL, settings.LOG_REPLICATION
    )
