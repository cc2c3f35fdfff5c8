"""/api/exports: estimates, jobs, files; for everybody who may read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Body, Query, Router, Status

from ingest.export.estimate import estimate
from ingest.mongo import database
from logsite.accounts.access import may
from logsite.audit.actors import Actor
from logsite.audit.recording import record
from logsite.exports import asking, download, jobs, limits, schemas
from logsite.exports.jobs import Wanted
from logsite.exports.models import Export
from logsite.exports.tasks import work_exports
from logsite.parameters import refuse_unknown
from logsite.search.api import filter_of
from logsite.working import tell_celery

router = Router(tags=["exports"])
Shape = dict[str, Any]
FOR_ALL = "exports.delete_export"  # what lets somebody end the exports of others


@router.get("/exports", response=schemas.ExportsOut, summary="Exports")
def list_exports(request: HttpRequest, asked: Query[schemas.ListIn]) -> Shape:
    """Yours, or everybody's."""
    refuse_unknown(request, schemas.ListIn)
    actor = Actor.of(request)
    found = asking.exports_of(actor, asked.all)
    return {"exports": found, "room": limits.room_for(str(actor))}


@router.post("/exports/estimate", response=schemas.EstimateOut, summary="How large")
def estimate_export(request: HttpRequest, asked: Body[schemas.ExportIn]) -> Shape:
    """About how many rows and bytes an export would have; nothing is started."""
    wanted = _wanted(asked)
    guess = estimate(database(), wanted.filter, wanted.layout)
    return {**vars(guess), "room": limits.room_for(str(Actor.of(request)))}


@router.post("/exports", response={201: schemas.ExportOut}, summary="Export")
def start_export(request: HttpRequest, asked: Body[schemas.ExportIn]) -> Status[Export]:
    """All that the search finds now, newest first, as a file made by a job."""
    job = jobs.start(Actor.of(request), _wanted(asked))
    tell_celery(work_exports)
    return Status(201, job)


@router.get("/exports/{number}", response=schemas.ExportOut, summary="One")
def show_export(request: HttpRequest, number: int) -> Export:
    """How far it is; rows, bytes and SHA-256 when it is done."""
    return asking.one(number)


@router.delete("/exports/{number}", response={204: None}, summary="Cancel or delete")
def end_export(request: HttpRequest, number: int) -> Status[None]:
    """Cancel it if it is under way, else delete it with its file."""
    job = asking.one(number)
    asking.end(Actor.of(request), job, may(request, FOR_ALL))
    return Status(204, None)


@router.get("/exports/{number}/file", summary="Its file", url_name="export-file")
def file(request: HttpRequest, number: int) -> HttpResponseBase:
    """Whole, or from any byte on (`Range`); `Repr-Digest` is its SHA-256."""
    job = asking.with_file(number)
    record(Actor.of(request), "export.download", str(job), {"rows": job.rows})
    return download.answer(request, job)


def _wanted(asked: schemas.ExportIn) -> Wanted:
    found = filter_of(asked, datetime.now(UTC))
    return Wanted(found, asking.layout_of(asked.format, asked.columns, asked.gzip))
