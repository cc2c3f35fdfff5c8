"""`manage.py rebuild_blocks`: describe blocks of another release anew."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.progress import track

from ingest.management.kafka import explained
from ingest.mongo import database
from ingest.rebuilding import outdated, rebuild


class Command(BaseCommand):
    help = "Describe blocks that another release wrote anew, so that search is fast."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count them")

    def handle(self, *args: Any, **options: Any) -> None:
        with explained():
            number = outdated(database())
            if options["dry_run"]:
                self.stdout.write(f"{number:,} blocks would be described anew")
                return
            done = sum(1 for _ in track(rebuild(database()), "Blocks", number))
            left = outdated(database())
            self.stdout.write(f"{done:,} blocks were described anew, {left:,} are left")
