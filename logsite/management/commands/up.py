"""`manage.py up`: the embedded stack."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from logsite.embedded import ports
from logsite.embedded.errors import StackError
from logsite.embedded.plan import Options
from logsite.embedded.up import up
from logsite.stackfile import read_state

MOST_WORKERS = 64


class Command(BaseCommand):
    help = "Start Kafka, MongoDB, Valkey, the site and its workers on this machine."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--data", type=Path, default=settings.DATA_DIR, help="where all is kept")
        add("--host", default="127.0.0.1", help="address of the site")
        add("--port", type=_port, default=ports.WEB, help="port of the site")
        add("--brokers", type=int, choices=(1, 3), help="fixed at the first start")
        add("--workers", type=_count, default=1, help="number of store workers")
        add("--no-demo", action="store_true", help="no demo flow of logs")
        add("--detach", action="store_true", help="return when it is ready")

    def handle(self, *args: Any, **given: Any) -> None:
        data = given["data"].expanduser().absolute()
        if data != settings.DATA_DIR:
            _again_with(data)
        options = Options(
            data=data,
            host=given["host"],
            port=given["port"],
            brokers=given["brokers"],
            workers=given["workers"],
            demo=not given["no_demo"],
            detach=given["detach"],
        )
        try:
            sys.exit(up(options, Console(soft_wrap=True)))
        except StackError as error:
            raise CommandError(str(error)) from error


def _port(text: str) -> int:
    return _number(text, 1, ports.LAST)


def _count(text: str) -> int:
    return _number(text, 1, MOST_WORKERS)


def _number(text: str, low: int, high: int) -> int:
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ArgumentTypeError(f"{text!r} is not a number from {low} to {high}")
    return int(text)


def _again_with(data: Path) -> None:
    """Settings were read for another folder: start over, without its addresses."""
    for name, value in read_state(settings.DATA_DIR).get("environment", {}).items():
        if os.environ.get(name) == value:
            del os.environ[name]
    os.environ["LOGSITE_DATA"] = str(data)
    os.execv(sys.executable, [sys.executable, *sys.argv])
