"""`manage.py simulate`: three services that log through the HTTP API."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from contextlib import closing
from typing import Any

from django.core.management.base import BaseCommand

from ingest.management.receiver import (
    add_receiver,
    no_stack_hint,
    receiver_token,
    receiver_url,
)
from ingest.send.client import PATIENCE_S, Client, NotSent
from ingest.simulate.run import Reached, simulate
from ingest.simulate.service import Service
from ingest.simulate.traffic import SERVICES, Traffic, named


class Command(BaseCommand):
    help = "Play api-service, auth-service and payment-service through the HTTP API."
    requires_system_checks: list[str] = []  # it may run where no part of logsite is

    def add_arguments(self, parser: ArgumentParser) -> None:
        everyone = ",".join(SERVICES)
        parser.add_argument("--services", type=_services, default=everyone)
        parser.add_argument("--rate", type=_rate, default=20.0, help="entries a second")
        parser.add_argument("--seconds", type=float, default=60.0)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--trouble", action="store_true", help="an error episode in every service"
        )
        parser.add_argument("--forever", action="store_true", help="until Ctrl-C")
        add_receiver(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        seconds = None if options["forever"] else options["seconds"]
        client = Client(
            receiver_url(options["url"]),
            receiver_token(options["token"]),
            patience_s=None if seconds is None else min(PATIENCE_S, seconds),
        )
        traffic = Traffic(options["services"], options["seed"], options["trouble"])
        try:
            with closing(client):
                tell = self._teller(seconds is None)
                reached = simulate(traffic, client, options["rate"], seconds, tell)
        except NotSent as error:
            said = f"{str(error).rstrip('.')}. {no_stack_hint(options['url'])}"
            self.stderr.write(said.rstrip())
            sys.exit(1)
        except KeyboardInterrupt:
            return
        self.stdout.write(str(reached))

    def _teller(self, forever: bool) -> Callable[[Reached], None]:
        """A run without an end is the demo: it says nothing every ten seconds."""
        if forever:
            return lambda reached: None
        return lambda reached: self.stdout.write(str(reached))


def _services(names: str) -> tuple[Service, ...]:
    try:
        return named(names)
    except KeyError as error:
        known = ", ".join(SERVICES)
        raise ArgumentTypeError(f"no service {error}; there are {known}") from None


def _rate(text: str) -> float:
    rate = float(text)
    if not 1 <= rate <= 10_000:
        raise ArgumentTypeError("a rate is from 1 to 10,000 a second")
    return rate
