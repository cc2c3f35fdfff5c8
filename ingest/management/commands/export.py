"""`manage.py export [QUERY]`: everything that a search finds, as a checked file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn

from ingest.export.client import Exporter, NotExported, Shape
from ingest.export.rows import Format
from ingest.management.receiver import add_receiver, receiver_token, receiver_url

STDOUT: Final = "-"
PARTLY: Final = ".part"


class Command(BaseCommand):
    help = "Export what a search finds; the query is the one of the search page."
    requires_system_checks: list[str] = []  # it may run where no part of logsite is

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query", nargs="?", default="", metavar="QUERY")
        parser.add_argument("--service", action="append", help="repeated: any of them")
        parser.add_argument("--level", action="append", help="repeated: any of them")
        parser.add_argument("--from", help="inclusive, as -1h or yesterday 17:00")
        parser.add_argument("--to", help="exclusive")
        parser.add_argument("--format", choices=list(Format), default=Format.NDJSON)
        parser.add_argument("--columns", help="separated by commas; default: all")
        parser.add_argument("--no-gzip", action="store_true")
        parser.add_argument("--output", help="a file, or - for standard output")
        parser.add_argument("--estimate", action="store_true", help="only how large")
        parser.add_argument("--keep", action="store_true", help="the file there, too")
        add_receiver(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        url, token = receiver_url(options["url"]), receiver_token(options["token"])
        exporter = Exporter(url, token)
        try:
            if options["estimate"]:
                guess = exporter.estimate(_asked(options))
                self._say(guess)
                _remark(guess, Console(stderr=True))
            else:
                _export(exporter, options)
        except (NotExported, OSError) as error:
            raise CommandError(str(error)) from error

    def _say(self, guess: Shape) -> None:
        about = "" if guess["exact"] else "about "
        self.stdout.write(
            f"{about}{guess['rows']:,} entries, about {decimal(guess['size'])}; "
            f"{guess['examine']:,} to look at"
        )


def _asked(options: dict[str, Any]) -> Shape:
    asked = {
        "q": options["query"],
        "service": options["service"] or [],
        "level": options["level"] or [],
        "from": options["from"] or "",
        "to": options["to"] or "",
        "format": options["format"],
        "gzip": not options["no_gzip"],
    }
    if options["columns"]:
        asked["columns"] = [name.strip() for name in options["columns"].split(",")]
    return asked


def _export(exporter: Exporter, options: dict[str, Any]) -> None:
    console = Console(stderr=True)
    started = exporter.start(_asked(options))
    _remark(started, console)
    with _bars(console) as bars:
        job = _made(exporter, started, bars)
        place = _fetched(exporter, job, options["output"] or "", bars)
    if not options["keep"]:
        exporter.end(job)
    if not job["is_whole"]:
        console.print("Retention deleted entries meanwhile: the oldest may be missing.")
    console.print(f"{job['rows']:,} rows, SHA-256 {job['sha256']}: {place}")


def _remark(told: Shape, console: Console) -> None:
    """Columns that may stay empty."""
    for remark in told.get("remarks", ()):  # an older site has none
        console.print(remark["message"], markup=False, highlight=False, soft_wrap=True)


def _made(exporter: Exporter, started: Shape, bars: Progress) -> Shape:
    task = bars.add_task("writing", total=100, what="")
    job = started
    try:
        for job in exporter.until_done(started):
            bars.update(task, completed=job["percent"], what=f"{job['rows']:,} rows")
    except KeyboardInterrupt:  # nobody else would end it
        exporter.end(started)
        raise CommandError("Cancelled.") from None
    return job


def _fetched(exporter: Exporter, job: Shape, output: str, bars: Progress) -> str:
    task = bars.add_task("reading", total=job["size"], what="")

    def tell(here: int) -> None:
        bars.update(task, completed=here, what=decimal(here))

    if output == STDOUT:
        exporter.download(job, sys.stdout.buffer, tell)
        return "standard output"
    place = Path(output or job["file_name"])
    is_device = place.exists() and not place.is_file()
    partly = place if is_device else place.with_name(place.name + PARTLY)
    with partly.open("wb") as file:
        exporter.download(job, file, tell)
    partly.replace(place)  # a file of this name is always whole
    return str(place)


def _bars(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn())
    told = TextColumn("{task.fields[what]}", markup=False)
    return Progress(*columns, told, console=console, disable=not console.is_terminal)
