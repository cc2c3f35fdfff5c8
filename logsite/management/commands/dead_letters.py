"""`manage.py dead_letters`: look at them, try a rule, replay, discard; and `allow`."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import CommandError
from django.utils import timezone

from ingest.errors import QueryError
from ingest.management.asking import asked
from ingest.management.halted import HaltedCommand
from ingest.management.kafka import table
from ingest.mongo import database
from ingest.replay import letters
from ingest.replay.letters import Selection
from ingest.replay.rules import BadRule, plain
from ingest.replay.run import Mending
from ingest.replay.trial import shown
from ingest.replay.wording import read_lines
from logsite.audit.actors import Actor
from logsite.deadletters import bench, jobs
from logsite.deadletters.models import USUAL_RATE, Replay

SLICE_S: Final = 2.0
RETRY_S: Final = 1.0


class Command(HaltedCommand):
    help = "Dead letters: list, show, try a rule, replay, discard; stopped partitions."

    def add_verbs(self, verbs: Any) -> None:
        super().add_verbs(verbs)
        listing = verbs.add_parser("list", help="by cause, or the letters of one")
        listing.add_argument("--cause", default="")
        listing.add_argument("--state", choices=letters.STATES, default=letters.OPEN)
        listing.add_argument("--limit", type=int, default=50)
        listing.add_argument("--json", action="store_true")
        one = verbs.add_parser("show", help="one letter, whole")
        one.add_argument("id")
        one.add_argument("--hex", action="store_true", help="its bytes")
        _add_replay(verbs.add_parser("replay", help="mend letters, send them again"))
        give_up = verbs.add_parser("discard", help="give letters up, with a reason")
        _add_selection(give_up)
        give_up.add_argument("--reason", required=True)
        give_up.add_argument("--yes", action="store_true", help="do not ask")

    def list(self, cause: str, state: str, limit: int, **options: Any) -> None:
        db = database()
        if cause:
            chosen = bench.selection_of(cause).query(state)
            rows = [_row(one) for one in letters.find(db, chosen, None, limit)]
            self._print(("ID", "RECEIVED", "REPLAYS", "REASON"), rows, options["json"])
            return
        found = letters.groups(db, letters.of_state(state))[:limit]
        rows = [
            (one.cause, one.count, f"{one.last:%F %T}", one.service, one.code, one.gist)
            for one in found
        ]
        head = ("CAUSE", "LETTERS", "LAST", "SERVICE", "CODE", "REASON")
        self._print(head, rows, options["json"])

    def show(self, id: str, **options: Any) -> None:
        letter = bench.letter_of(database(), id)
        value = letter["value"] or b""
        facts = [
            ("state", letter.get("state") or letters.OPEN),
            *((name, letter[name]) for name in ("stage", "code", "message", "topic")),
            ("partition", str(letter["partition"])),
            ("offset", str(letter["offset"])),
            ("received", letter["received"].isoformat()),
            ("key", (letter["key"] or b"").decode(errors="replace")),
            *((f"header {name}", _text(held)) for name, held in letter["headers"]),
            ("replays", str(letter.get("attempts", 0))),
        ]
        self.stdout.write(table(facts) + "\n")
        self.stdout.write(
            bench.as_hex(value, len(value)) if options["hex"] else shown(value)
        )

    def replay(self, **options: Any) -> None:
        chosen = bench.selection_of(options["cause"], options["id"])
        mending = _mending(options, chosen)
        self._tell(bench.dry_run(database(), chosen, mending))
        if options["dry_run"]:
            return
        meant = letters.count(database(), chosen.query())
        self._confirm(f"Send {meant:,} letters again?", options["yes"])
        job = jobs.start(Actor.command(), chosen, mending, options["rate"])
        self._work(job)

    def discard(self, **options: Any) -> None:
        chosen = bench.selection_of(options["cause"], options["id"])
        meant = letters.count(database(), chosen.query())
        self._confirm(f"Discard {meant:,} letters?", options["yes"])
        number = bench.discard(database(), Actor.command(), chosen, options["reason"])
        self.stdout.write(f"{number:,} discarded")

    def _work(self, job: Replay) -> None:
        """Here, unless Celery was faster; it goes on there if this is interrupted."""
        while not job.has_ended:
            if jobs.work(job.pk, SLICE_S) is None:
                time.sleep(RETRY_S)
            job.refresh_from_db()
            self.stdout.write(
                f"{job.looked_at:,} of {job.total:,}; {job.error}".rstrip("; ")
            )
            if job.error:
                time.sleep(RETRY_S)
        ends = {"sent": job.sent, **job.ends}
        said = ", ".join(f"{number:,} {end}" for end, number in ends.items())
        self.stdout.write(f"replay {job.pk} {job.state}: {said}")

    def _tell(self, run: bench.DryRun) -> None:
        self.stdout.write(f"{run.tried:,} of {run.total:,} letters tried:")
        for (outcome, code), number in run.outcomes.items():
            self.stdout.write(f"  {number:,} {outcome} {code}".rstrip())
        for one in run.shown[:3]:
            self.stdout.write("\n".join(one.lines) or one.trial.reason)

    def _confirm(self, question: str, sure: bool) -> None:
        if not sure and asked(f"{question} [y/N]").lower() not in ("y", "yes"):
            raise CommandError("Nothing was changed.")

    def _print(self, head: Any, rows: Any, as_json: bool) -> None:
        if as_json:
            names = [name.lower() for name in head]
            for row in rows:
                self.stdout.write(json.dumps(dict(zip(names, row, strict=True))))
            return
        self.stdout.write(table([head, *rows]))


def _text(header: bytes | None) -> str:
    """As text if it is some, in hexadecimal digits if not: a request's name."""
    text = (header or b"").decode(errors="replace")
    return (
        text if text.isprintable() and "\ufffd" not in text else (header or b"").hex()
    )


def _add_selection(parser: ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--cause", default="", help="all open letters of a group")
    which.add_argument("--id", action="append", default=[], help="repeated: letters")


def _add_replay(parser: ArgumentParser) -> None:
    _add_selection(parser)
    parser.add_argument(
        "--step", action="append", default=[], help='repeated: "rename msg message"'
    )
    parser.add_argument("--file", type=Path, help="one letter, written by hand")
    parser.add_argument("--rate", type=int, default=USUAL_RATE, help="letters a second")
    parser.add_argument("--insist", action="store_true", help="also what would fail")
    parser.add_argument("--dry-run", action="store_true", help="only try")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _mending(options: dict[str, Any], chosen: Selection) -> Mending:
    try:
        rule = plain(read_lines(options["step"]))
    except BadRule as error:
        raise QueryError("bad_rule", str(error)) from error
    by_hand = options["file"].read_text() if options["file"] else None
    return bench.mending_of(rule, by_hand, options["insist"], chosen)


def _row(letter: dict[str, Any]) -> tuple[object, ...]:
    received = f"{letter['received'].astimezone(timezone.get_current_timezone()):%F %T}"
    return letter["_id"].hex(), received, letter.get("attempts", 0), letter["message"]
