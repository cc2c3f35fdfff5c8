"""`manage.py token create|list|revoke`: keys for programs."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from logsite.accounts import tokens
from logsite.accounts.models import Scope, Token


class Command(BaseCommand):
    help = "Make, list and revoke tokens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make one; prints it once")
        create.add_argument("name")
        create.add_argument(
            "--scope", action="append", choices=Scope.values, required=True
        )
        create.add_argument(
            "--service",
            action="append",
            default=[],
            help="a service it may write (repeat for more; none means any)",
        )
        create.add_argument(
            "--rate-entries", type=int, metavar="N", help="entries a second, 0 = any"
        )
        create.add_argument(
            "--rate-bytes", type=int, metavar="N", help="bytes a second, 0 = any"
        )
        verbs.add_parser("list", help="all tokens, without their text")
        revoke = verbs.add_parser(
            "revoke", help="end one; senders are refused within half a minute"
        )
        revoke.add_argument("token", metavar="NAME|PREFIX")

    def handle(self, *args: Any, **options: Any) -> None:
        if not _has_tables():
            raise CommandError(_unknown())
        verb = {"create": self.create, "list": self.list_all, "revoke": self.revoke}
        verb[options["verb"]](options)

    def create(self, options: dict[str, Any]) -> None:
        try:
            _token, plain = tokens.create(
                options["name"],
                options["scope"],
                options["service"],
                options["rate_entries"],
                options["rate_bytes"],
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(plain)

    def list_all(self, options: dict[str, Any]) -> None:
        for token in Token.objects.all():
            state = f"revoked {token.revoked:%Y-%m-%d}" if token.revoked else "valid"
            scopes, services = ",".join(token.scopes), ",".join(token.services) or "*"
            self.stdout.write(
                f"{token.name}\t{token.prefix}…\t{scopes}\t{services}\t{state}"
            )

    def revoke(self, options: dict[str, Any]) -> None:
        ended = tokens.revoke(options["token"])
        if not ended:
            raise CommandError(f"no valid token is called {options['token']!r}")
        for token in ended:
            self.stdout.write(f"revoked {token}")


def _has_tables() -> bool:
    file = str(connection.settings_dict["NAME"])
    is_file = connection.vendor == "sqlite" and not file.startswith("file:")
    if is_file and not Path(file).exists():
        return False  # asking would make an empty one
    return Token._meta.db_table in connection.introspection.table_names()


def _unknown() -> str:
    if os.environ.get("DATABASE_URL"):
        return "The database of DATABASE_URL has no tables: run ./manage.py prepare."
    return (
        f"No site is known in {settings.DATA_DIR}. "
        "If it was started with --data DIR, set LOGSITE_DATA=DIR."
    )
