"""/api/dead-letters: everybody who may read looks, admins replay and discard."""

from __future__ import annotations

import base64
from typing import Any, Final

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status

from ingest.edge.auth import Grant
from ingest.errors import Forbidden, QueryError
from ingest.mongo import Document, database
from ingest.replay import letters
from ingest.replay.letters import Selection
from logsite.accounts.models import Scope
from logsite.audit.actors import Actor
from logsite.deadletters import bench, jobs, schemas
from logsite.deadletters.models import Replay
from logsite.deadletters.tasks import work_replays
from logsite.parameters import refuse_unknown
from logsite.working import tell_celery

router = Router(tags=["dead letters"])
Shape = dict[str, Any]
ANY: Final = "any"
SHOWN_JOBS: Final = 100


@router.get("/dead-letters/groups", response=schemas.CausesOut, summary="By cause")
def list_groups(request: HttpRequest, asked: Query[schemas.GroupsIn]) -> Shape:
    """What failed for one reason is one group, the largest first."""
    refuse_unknown(request, schemas.GroupsIn)
    db = database()
    found = bench.groups_of(db, asked.state, timezone.now())
    return {"counts": letters.counts(db), "groups": [vars(one) for one in found]}


@router.get("/dead-letters/replays", response=schemas.ReplaysOut, summary="Replays")
def list_replays(request: HttpRequest) -> Shape:
    """The newest hundred."""
    return {"replays": [_job(one) for one in Replay.objects.all()[:SHOWN_JOBS]]}


@router.get("/dead-letters/replays/{job}", response=schemas.ReplayOut, summary="One")
def show_replay(request: HttpRequest, job: int) -> Shape:
    """How far a replay is."""
    return _job(get_object_or_404(Replay, pk=job))


@router.delete("/dead-letters/replays/{job}", response=schemas.ReplayOut)
def cancel_replay(request: HttpRequest, job: int) -> Shape:
    """End it after the letters that it has claimed; what was sent stays sent."""
    refuse_readers(request)
    jobs.cancel(Actor.of(request), get_object_or_404(Replay, pk=job))
    return _job(Replay.objects.get(pk=job))


@router.post(
    "/dead-letters/replays", response={201: schemas.ReplayOut}, summary="Replay"
)
def start_replay(request: HttpRequest, asked: schemas.ReplayIn) -> Status[Shape]:
    """One letter, some, or a whole group, as a job."""
    refuse_readers(request)
    selection = bench.selection_of(asked.cause, asked.ids)
    mending = bench.mending_of(asked.rule, asked.text, asked.insist, selection)
    _check_expected(selection, asked.expected)
    job = jobs.start(Actor.of(request), selection, mending, asked.rate)
    tell_celery(work_replays)
    return Status(201, _job(job))


@router.post("/dead-letters/dry-run", response=schemas.DryRunOut, summary="Try a rule")
def try_rule(request: HttpRequest, asked: schemas.DryRunIn) -> Shape:
    """What today's pipeline would make of the mended letters; nothing is sent."""
    selection = bench.selection_of(asked.cause, asked.ids)
    mending = bench.mending_of(asked.rule, asked.text, asked.insist, selection)
    run = bench.dry_run(database(), selection, mending, asked.limit, asked.shown)
    outcomes = [
        {"outcome": outcome, "code": code, "count": count}
        for (outcome, code), count in run.outcomes.items()
    ]
    return {**vars(run), "outcomes": outcomes, "letters": list(map(_tried, run.shown))}


@router.post("/dead-letters/discard", response=schemas.DiscardedOut, summary="Give up")
def discard_letters(request: HttpRequest, asked: schemas.DiscardIn) -> Shape:
    """They stay to be looked at, and are not open any more."""
    refuse_readers(request)
    selection = bench.selection_of(asked.cause, asked.ids)
    _check_expected(selection, asked.expected)
    actor = Actor.of(request)
    return {"discarded": bench.discard(database(), actor, selection, asked.reason)}


@router.get("/dead-letters", response=schemas.LettersOut, summary="Dead letters")
def list_letters(request: HttpRequest, asked: Query[schemas.LettersIn]) -> Shape:
    """In the order of their positions, without their bytes."""
    refuse_unknown(request, schemas.LettersIn)
    query = letters.of_state("" if asked.state == ANY else asked.state)
    if asked.cause:
        query["cause"] = bench.selection_of(asked.cause).cause
    after = bytes.fromhex(bench.check_id(asked.cursor)) if asked.cursor else None
    found = letters.find(database(), query, after, asked.limit + 1)
    shown = found[: asked.limit]
    goes_on = len(found) > asked.limit
    return {
        "letters": list(map(letter_shape, shown)),
        "next": shown[-1]["_id"].hex() if goes_on else None,
    }


@router.get(
    "/dead-letters/{name}", response=schemas.WholeLetterOut, summary="One, whole"
)
def show_letter(request: HttpRequest, name: str) -> Shape:
    """With its bytes, its headers, and what became of it."""
    db = database()
    letter = bench.letter_of(db, name)
    value, key, origin = letter["value"] or b"", letter["key"], letter.get("origin")
    became = letters.descendants(db, letter)
    return {
        **letter_shape(letter),
        "source": None if key is None else as_text(key),
        "text": as_text(value),
        "base64": base64.b64encode(value).decode(),
        "headers": [(name, as_text(held or b"")) for name, held in letter["headers"]],
        "origin": origin.hex() if origin else None,
        "became": [one["_id"].hex() for one in became],
        "replay": _fate(letter),
        "discard": letter.get("discard"),
    }


def refuse_readers(request: HttpRequest) -> None:
    """Admin tokens and staff go on."""
    who: Any = request.auth  # type: ignore[attr-defined]  # ninja's: token or person
    if Scope.ADMIN in who.scopes if isinstance(who, Grant) else who.is_staff:
        return
    raise Forbidden(
        "scope_missing",
        "You may look at dead letters, not replay or discard them.",
        "Use a token made with --scope admin, or an account of the staff.",
    )


def letter_shape(letter: Document) -> Shape:
    """A letter without its bytes."""
    return {
        **letter,
        "id": letter["_id"].hex(),
        "state": letter.get("state") or letters.OPEN,
        "cause": letter.get("cause", ""),
        "service": letter.get("service", ""),
        "size": len(letter["value"] or b""),
        "attempts": letter.get("attempts", 0),
    }


def as_text(value: bytes) -> str:
    return bytes(value).decode(errors="replace")


def _check_expected(selection: Selection, expected: int | None) -> None:
    if expected is None:
        return
    meant = letters.count(database(), selection.query())
    if meant != expected:
        said = f"{meant:,} open letters are meant, not {expected:,}."
        raise QueryError("other_number", said, "Look again at what is meant.")


def _fate(letter: Document) -> Shape | None:
    note = letter.get("replay")
    if note is None:
        return None
    request = bytes(note["request"]).hex()
    places = note.get("places", [])
    return {**note, "request": request, "places": places, "at": note.get("at")}


def _tried(one: bench.Tried) -> Shape:
    return {
        "id": one.letter["_id"].hex(),
        "outcome": one.trial.outcome,
        "code": one.trial.code,
        "reason": one.trial.reason,
        "before": as_text(one.letter["value"] or b""),
        "after": list(map(as_text, one.trial.values)),
        "diff": one.lines,
    }


def _job(job: Replay) -> Shape:
    return {**vars(job), "by_hand": job.by_hand is not None}
