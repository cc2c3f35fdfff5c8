"""`manage.py tail [QUERY]`: the live tail in the terminal."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand

from ingest.management.receiver import (
    add_receiver,
    no_stack_hint,
    receiver_token,
    receiver_url,
)
from ingest.tail.terminal import Refusal, frames, show


class Command(BaseCommand):
    help = "Show entries as they come; the query is the one of the search page."
    requires_system_checks: list[str] = []  # it may run where no part of logsite is

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query", nargs="?", default="", metavar="QUERY")
        parser.add_argument("--service", action="append", help="repeated: any of them")
        parser.add_argument("--level", action="append", help="repeated: any of them")
        parser.add_argument("--json", action="store_true", help="one object a line")
        add_receiver(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        asked = {"q": options["query"]}
        asked |= {name: options[name] for name in ("service", "level")}
        url, token = receiver_url(options["url"]), receiver_token(options["token"])
        self._hint = no_stack_hint(options["url"])
        coloured = sys.stdout.isatty() and not options["no_color"]
        try:
            with suppress(KeyboardInterrupt, BrokenPipeError):
                for frame in frames(url, token, asked, self._wait):
                    show(frame, sys.stdout, options["json"], coloured)
        except Refusal as error:
            self.stderr.write(str(error))
            sys.exit(1)

    def _wait(self, reason: str) -> None:
        self.stderr.write(f"-- {reason}; trying again")
        if self._hint:
            self.stderr.write(f"-- {self._hint}")
            self._hint = ""  # once is enough
