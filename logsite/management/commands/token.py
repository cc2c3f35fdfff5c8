"""`manage.py token create|change|list|revoke`: keys for programs."""

from __future__ import annotations

import os
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from ingest.edge.rates import Rates
from logsite.accounts import tokens
from logsite.accounts.models import Scope, Token
from logsite.accounts.sizes import read_size
from logsite.audit.actors import Actor
from logsite.tables import has_table

SITE: Final = "site"  # instead of a limit: the one that the site has for all


class Command(BaseCommand):
    help = "Make, change, list and revoke tokens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make one; prints it once")
        create.add_argument("name")
        create.add_argument(
            "--scope", action="append", choices=Scope.values, required=True
        )
        add_services(create)
        add_limits(create)
        changed = verbs.add_parser("change", help="other services or limits for one")
        changed.add_argument("token", metavar="NAME|PREFIX")
        add_services(changed)
        changed.add_argument(
            "--any-service", action="store_true", help="it may write every service"
        )
        add_limits(changed)
        verbs.add_parser("list", help="all tokens, without their text")
        revoke = verbs.add_parser(
            "revoke", help="end one; senders are refused within half a minute"
        )
        revoke.add_argument("token", metavar="NAME|PREFIX")

    def handle(self, *args: Any, **options: Any) -> None:
        if not has_table(Token):
            raise CommandError(_unknown())
        verb = {"create": self.create, "change": self.change}
        verb |= {"list": self.list_all, "revoke": self.revoke}
        try:
            verb[options["verb"]](options)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error

    def create(self, options: dict[str, Any]) -> None:
        rates = Rates(*(options.get(name) for name in tokens.LIMITS))
        what = options["name"], options["scope"], options["service"], rates
        _token, plain = tokens.create(*what, by=Actor.command())
        self.stdout.write(plain)

    def change(self, options: dict[str, Any]) -> None:
        changes: dict[str, Any] = {
            name: options[name] for name in tokens.LIMITS if name in options
        }
        if options["service"] or options["any_service"]:
            changes["services"] = options["service"]
        if not changes:
            raise CommandError("say what to change: --service, or a limit")
        token = one_token(options["token"])
        changed = tokens.change(token, Actor.command(), changes)
        self.stdout.write(f"changed {token}: {', '.join(changed) or 'nothing'}")

    def list_all(self, options: dict[str, Any]) -> None:
        for token in Token.objects.all():
            state = f"revoked {token.revoked:%Y-%m-%d}" if token.revoked else "valid"
            scopes, services = ",".join(token.scopes), ",".join(token.services) or "*"
            self.stdout.write(
                f"{token.name}\t{token.prefix}…\t{scopes}\t{services}\t{state}"
            )

    def revoke(self, options: dict[str, Any]) -> None:
        ended = tokens.revoke(options["token"], Actor.command())
        if not ended:
            raise CommandError(f"no valid token is called {options['token']!r}")
        for token in ended:
            self.stdout.write(f"revoked {token}")


def add_services(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--service",
        action="append",
        default=[],
        help="a service it may write (repeat for more; none means any)",
    )


def add_limits(parser: ArgumentParser) -> None:
    """What is not given is not among the options: it stays as it is."""
    for name, kind, meaning in (
        ("--rate-entries", count, "entries a second, on average"),
        ("--rate-bytes", size, "bytes a second, on average, as 500kB"),
        ("--bytes-per-day", size, "bytes on a UTC day, as 10GB"),
    ):
        told = f"{meaning}; 0 = any, {SITE!r} = as the site says"
        parser.add_argument(name, type=kind, default=SUPPRESS, metavar="N", help=told)


def count(text: str) -> int | None:
    if text == SITE:
        return None
    if not (text.isascii() and text.isdecimal() and int(text) < 2**31):
        raise ArgumentTypeError(f"{text!r} is no number from 0 to {2**31 - 1}")
    return int(text)


def size(text: str) -> int | None:
    if text == SITE:
        return None
    try:
        return read_size(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def one_token(name_or_prefix: str) -> Token:
    named = Q(name=name_or_prefix) | Q(prefix=name_or_prefix)
    token = Token.objects.filter(named, revoked=None).first()
    if token is None:
        raise CommandError(f"no valid token is called {name_or_prefix!r}")
    return token


def _unknown() -> str:
    if os.environ.get("DATABASE_URL"):
        return "The database of DATABASE_URL has no tables: run ./manage.py prepare."
    return (
        f"No site is known in {settings.DATA_DIR}. "
        "If it was started with --data DIR, set LOGSITE_DATA=DIR."
    )
